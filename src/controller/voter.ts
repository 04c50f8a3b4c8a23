import type { BrokerConfig } from '../config/broker-config.ts'
import { controllerListeners } from '../config/listeners.ts'
import { KRAFT_VERSION, REGISTERED_FEATURES } from '../metadata/features.ts'
import type { Voter } from '../metadata/image/quorum-image.ts'

/** This node as a voter of the quorum. `directoryId`: of the directory with the metadata log. */
export function voterOf(config: BrokerConfig, directoryId: string): Voter {
  const { minSupportedVersion = 0, maxSupportedVersion = 0 } =
    REGISTERED_FEATURES.find(({ name }) => name === KRAFT_VERSION) ?? {}
  return {
    voterId: config.get('node.id'),
    voterDirectoryId: directoryId,
    endpoints: controllerListeners(config).map(({ listenerName: name, host, port }) => ({ name, host, port })),
    kRaftVersionFeature: { minSupportedVersion, maxSupportedVersion },
  }
}
