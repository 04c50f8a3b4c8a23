/** Releases of Kafka, as `--release-version` names them, and the levels of metadata.version that they stand for. */

/** Apache's name of each level, from level 7 on: `4.4-IV2` is the last one of 4.4. */
const LEVEL_NAMES = [
  ...['3.3-IV3', '3.4-IV0', '3.5-IV0', '3.5-IV1', '3.5-IV2', '3.6-IV0', '3.6-IV1', '3.6-IV2'],
  ...['3.7-IV0', '3.7-IV1', '3.7-IV2', '3.7-IV3', '3.7-IV4', '3.8-IV0', '3.9-IV0'],
  ...['4.0-IV0', '4.0-IV1', '4.0-IV2', '4.0-IV3', '4.1-IV0', '4.1-IV1', '4.2-IV0', '4.2-IV1', '4.3-IV0'],
  ...['4.4-IV0', '4.4-IV1', '4.4-IV2'],
]

/** 3.3-IV3, the first level of KRaft clusters in production. */
export const MINIMUM_METADATA_LEVEL = 7
/** 4.4-IV2. */
export const LATEST_METADATA_LEVEL = MINIMUM_METADATA_LEVEL + LEVEL_NAMES.length - 1

export const metadataLevelName = (level: number): string => LEVEL_NAMES[level - MINIMUM_METADATA_LEVEL] ?? `${level}`

/** `4.3-IV0` is that level, `4.3` and `4.3.1` the last one of that release; null for a release that is not known. */
export function metadataLevelOfRelease(release: string): number | null {
  const [major, minor = ''] = release.trim().split('.')
  const name = `${major}.${minor}`
  const index = LEVEL_NAMES.findLastIndex((each) => each === name || each.startsWith(`${name}-`))
  return index === -1 ? null : MINIMUM_METADATA_LEVEL + index
}

/** The releases that a broker can be to its clients (`samsa.like`), each as its last patch. */
export const RELEASES = [
  ...(['kafka-0.10', 'kafka-0.11', 'kafka-1.0', 'kafka-1.1', 'kafka-2.0', 'kafka-2.1', 'kafka-2.2'] as const),
  ...(['kafka-2.3', 'kafka-2.4', 'kafka-2.5', 'kafka-2.6', 'kafka-2.7', 'kafka-2.8', 'kafka-3.0'] as const),
  ...(['kafka-3.1', 'kafka-3.2', 'kafka-3.3', 'kafka-3.4', 'kafka-3.5', 'kafka-3.6', 'kafka-3.7'] as const),
  ...(['kafka-3.8', 'kafka-3.9', 'kafka-4.0', 'kafka-4.1', 'kafka-4.2', 'kafka-4.3', 'kafka-4.4'] as const),
] as const

export type KafkaRelease = (typeof RELEASES)[number]

/** The last release of clusters without features but the level of their metadata. */
const PLAIN_RELEASE = '3.9'

/** The level of new metadata, by `samsa.release.version` or, where that is not set, by `samsa.like`. */
export function metadataLevelOfNew(release: string | null, like: KafkaRelease | null): number {
  const named = metadataLevelOfRelease(release ?? like?.replace('kafka-', '') ?? '')
  if (named !== null) return named
  // A cluster of ZooKeeper had no such level: it could do what the first ones of KRaft could not, and had no features.
  return (like === null ? null : metadataLevelOfRelease(PLAIN_RELEASE)) ?? LATEST_METADATA_LEVEL
}
