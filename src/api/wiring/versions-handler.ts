import type { Listener } from '../../../protocol/schema.ts'
import type { BrokerConfig } from '../../config/index.ts'
import type { ApiHandler } from '../../dispatch/handler.ts'
import { finalizedFeatureLevels, SUPPORTED_FEATURES } from '../../metadata/features.ts'
import type { PublishedMetadata } from '../../metadata/metadata-publisher.ts'
import { apiVersionsHandler, type FeatureVersions, type LikeRelease } from '../api-versions.ts'

interface Services {
  readonly config: BrokerConfig
  readonly clusterId: string
  readonly metadata: PublishedMetadata
  readonly registered: (listener: Listener) => readonly ApiHandler[]
  /** The release whose features are told; null, or absent: those of samsa. */
  readonly like?: LikeRelease | null
}

/** ApiVersions, answered from the handlers that are registered and the features of the metadata. */
export const versionsHandler = ({ config, clusterId, metadata, registered, like = null }: Services) =>
  apiVersionsHandler({
    identity: { clusterId, nodeId: config.get('node.id') },
    apis: registered,
    features: () => {
      const features = {
        supported: supportedFeatures(like),
        finalized: finalizedFeatureLevels(metadata.image),
        finalizedEpoch: BigInt(metadata.image.provenance.lastContainedOffset),
      }
      return like === null ? features : ofRelease(features, like)
    },
  })

const supportedFeatures = (like: LikeRelease | null): FeatureVersions['supported'] =>
  like === null
    ? SUPPORTED_FEATURES.map(({ name, minSupportedVersion, maxSupportedVersion }) => ({
        name,
        minVersion: minSupportedVersion,
        maxVersion: maxSupportedVersion,
      }))
    : [...like.features].map(([name, range]) => ({ name, ...range }))

/** The features that the release knows, as far as it knows them; one of ZooKeeper knows none, and has read no metadata. */
function ofRelease(features: FeatureVersions, { features: known }: LikeRelease): FeatureVersions {
  if (known.size === 0) return { supported: [], finalized: [], finalizedEpoch: NO_EPOCH }
  const finalized = features.finalized.flatMap(({ name, level }) => {
    const highest = known.get(name)?.maxVersion ?? 0
    return highest === 0 ? [] : [{ name, level: Math.min(level, highest) }]
  })
  return { ...features, finalized }
}

const NO_EPOCH = -1n
