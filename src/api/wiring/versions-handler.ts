import type { Listener } from '../../../protocol/schema.ts'
import type { BrokerConfig } from '../../config/index.ts'
import type { ApiHandler } from '../../dispatch/handler.ts'
import { finalizedFeatureLevels, SERVED_FEATURES } from '../../metadata/features.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import { apiVersionsHandler } from '../api-versions.ts'

interface Services {
  readonly config: BrokerConfig
  readonly clusterId: string
  readonly metadata: PublishedMetadata
  readonly registered: (listener: Listener) => readonly ApiHandler[]
}

/** ApiVersions, answered from the handlers that are registered and the features of the metadata. */
export const versionsHandler = ({ config, clusterId, metadata, registered }: Services) =>
  apiVersionsHandler({
    identity: { clusterId, nodeId: config.get('node.id') },
    apis: registered,
    features: () => ({
      supported: SERVED_FEATURES.map(({ name, minSupportedVersion, maxSupportedVersion }) => ({
        name,
        minVersion: minSupportedVersion,
        maxVersion: maxSupportedVersion,
      })),
      finalized: finalizedFeatureLevels(metadata.image),
      finalizedEpoch: BigInt(metadata.image.provenance.lastContainedOffset),
    }),
  })
