import type { BrokerConfig } from '../config/broker-config.ts'
import { controllerListeners, type Endpoint } from '../config/listeners.ts'
import { KRAFT_VERSION, SUPPORTED_FEATURES } from '../metadata/features.ts'
import type { Voter } from '../metadata/image/quorum-image.ts'

/**
 * This node as a voter of the quorum. `directoryId`: of the directory with the metadata log. `listeners`: of the controller,
 * as others reach them; absent: as they are configured.
 */
export function voterOf(
  config: BrokerConfig,
  directoryId: string,
  listeners: readonly Endpoint[] = controllerListeners(config),
): Voter {
  const { minSupportedVersion = 0, maxSupportedVersion = 0 } =
    SUPPORTED_FEATURES.find(({ name }) => name === KRAFT_VERSION) ?? {}
  return {
    voterId: config.get('node.id'),
    voterDirectoryId: directoryId,
    endpoints: listeners.map(({ listenerName: name, host, port }) => ({ name, host, port })),
    kRaftVersionFeature: { minSupportedVersion, maxSupportedVersion },
  }
}
