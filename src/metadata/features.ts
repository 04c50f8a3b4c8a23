/**
 * Features of the cluster (KIP-584).
 *
 * A new cluster finalizes the levels that Apache Kafka 4.4 finalizes, so that Apache can take over its data directory
 * and finds its own format. ApiVersions names them as the log has them.
 */
import type { SupportedVersionRange } from './image/cluster-image.ts'
import type { MetadataImage } from './image/metadata-image.ts'
import { LATEST_METADATA_LEVEL, METADATA_VERSION, MINIMUM_METADATA_LEVEL } from './metadata-version.ts'

export const ELR_FEATURE = 'eligible.leader.replicas.version'
export const KRAFT_VERSION = 'kraft.version'
const TRANSACTION_FEATURE = 'transaction.version'
const GROUP_FEATURE = 'group.version'
const STREAMS_FEATURE = 'streams.version'
const SHARE_FEATURE = 'share.version'

/** The levels that this release implements: Apache 4.4's ranges. Brokers register with them, and ApiVersions answers them. */
export const SUPPORTED_FEATURES: readonly SupportedVersionRange[] = [
  range(ELR_FEATURE, 0, 1),
  range(GROUP_FEATURE, 0, 1),
  range(KRAFT_VERSION, 0, 1),
  range(METADATA_VERSION, MINIMUM_METADATA_LEVEL, LATEST_METADATA_LEVEL),
  range(SHARE_FEATURE, 0, 2),
  range(STREAMS_FEATURE, 0, 1),
  range(TRANSACTION_FEATURE, 0, 2),
]

/** From which level of metadata.version on a new cluster has a level of a feature, the highest first. */
const DEFAULT_LEVELS: readonly (readonly [name: string, ...(readonly [metadataLevel: number, level: number])[]])[] = [
  [ELR_FEATURE, [26, 1]],
  [GROUP_FEATURE, [22, 1]],
  [SHARE_FEATURE, [31, 2], [28, 1]],
  [STREAMS_FEATURE, [29, 1]],
  [TRANSACTION_FEATURE, [24, 2]],
]

/** Finalized when a cluster begins at that level of metadata.version, in the order of Apache's `kafka-storage format`. */
export function initialFeatureLevels(metadataLevel: number): (readonly [name: string, level: number])[] {
  const levels = DEFAULT_LEVELS.map(([name, ...steps]) => {
    const [, level = 0] = steps.find(([since]) => metadataLevel >= since) ?? []
    return [name, level] as const
  })
  return [[METADATA_VERSION, metadataLevel], ...levels.filter(([, level]) => level > 0)]
}

/** The features that ApiVersions answers as finalized: name and level, without those at 0. */
export function finalizedFeatureLevels(image: MetadataImage): { name: string; level: number }[] {
  return [...image.features, [KRAFT_VERSION, image.quorum.kraftVersion] as const]
    .map(([name, level]) => ({ name, level }))
    .filter(({ level }) => level > 0)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The version of the protocol by which clients and coordinator work on transactions (KIP-890). */
export const transactionVersion = (image: MetadataImage): number => image.features.get(TRANSACTION_FEATURE) ?? 0

/** Whether the cluster allows consumer groups of the new protocol (KIP-848). */
export const allowsConsumerGroups = (image: MetadataImage): boolean => (image.features.get(GROUP_FEATURE) ?? 0) >= 1

/** Whether the cluster allows streams groups (KIP-1071). */
export const allowsStreamsGroups = (image: MetadataImage): boolean => (image.features.get(STREAMS_FEATURE) ?? 0) >= 1

/** Whether the cluster allows share groups (KIP-932). */
export const allowsShareGroups = (image: MetadataImage): boolean => (image.features.get(SHARE_FEATURE) ?? 0) >= 1

/** Whether records that a share group gives up may go to a topic of their own (KIP-1191). */
export const allowsDeadLetters = (image: MetadataImage): boolean => (image.features.get(SHARE_FEATURE) ?? 0) >= 2

/** KIP-966. */
export const isElrEnabled = (image: MetadataImage): boolean => (image.features.get(ELR_FEATURE) ?? 0) >= 1

export const metadataLevel = (image: MetadataImage): number =>
  image.features.get(METADATA_VERSION) ?? MINIMUM_METADATA_LEVEL

function range(name: string, minSupportedVersion: number, maxSupportedVersion: number): SupportedVersionRange {
  return { name, minSupportedVersion, maxSupportedVersion }
}
