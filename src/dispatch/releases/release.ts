/**
 * A release of Apache Kafka as its ApiVersions tells of it. `releases.json` is made of Apache's own classes by
 * `scripts/releases.ts`: brokers under ZooKeeper up to 3.2, brokers under KRaft from 3.3 on.
 */
import { ConfigError, type KafkaRelease } from '../../config/index.ts'

export interface VersionRange {
  readonly minVersion: number
  readonly maxVersion: number
}

export interface Release {
  readonly name: KafkaRelease
  /** By API key. `claimedMinVersion`: ApiVersions says that versions from there on were answered (KAFKA-18659). */
  readonly apis: ReadonlyMap<number, VersionRange & { readonly claimedMinVersion?: number }>
  /** The levels that it supports. */
  readonly features: ReadonlyMap<string, VersionRange>
  /** A client that asks for ApiVersions in a version to come is told of the versions that there are (KIP-511). */
  readonly tellsOfItself: boolean
}

const FIRST_THAT_TELLS_OF_ITSELF: KafkaRelease = 'kafka-2.4'

/** Loaded where a broker is to be like another release, and nowhere else. */
export async function releaseNamed(name: KafkaRelease): Promise<Release> {
  const { default: releases } = await import('./releases.json', { with: { type: 'json' } })
  const release = releases[name]
  if (release === undefined) throw new ConfigError(`There is no release ${name}.`)
  const order = Object.keys(releases)
  return {
    name,
    apis: new Map(Object.entries(release.apis).map(([key, range]) => [Number(key), rangeOf(range)])),
    features: new Map(Object.entries(release.features).map(([feature, range]) => [feature, rangeOf(range)])),
    tellsOfItself: order.indexOf(name) >= order.indexOf(FIRST_THAT_TELLS_OF_ITSELF),
  }
}

function rangeOf([minVersion = 0, maxVersion = 0, claimedMinVersion]: readonly number[]) {
  return { minVersion, maxVersion, ...(claimedMinVersion !== undefined && { claimedMinVersion }) }
}
