/**
 * The order in which Apache's image has the quotas of an entity: that of a Java `HashMap` which has grown with them, after
 * one of 16 buckets from which they were put into it (`ClientQuotaDelta`). Tests of clients compare whole answers.
 */
import { javaHashCode } from '../../protocol/hashes.ts'

const BUCKETS_OF_CHANGES = 16
const LOAD_FACTOR = 0.75

export function inHashMapOrder<T>(entries: Iterable<readonly [key: string, value: T]>): (readonly [string, T])[] {
  const all = [...entries]
  const buckets = bucketsFor(all.length)
  return all
    .sort(([a], [b]) => bucketOf(a, BUCKETS_OF_CHANGES) - bucketOf(b, BUCKETS_OF_CHANGES))
    .sort(([a], [b]) => bucketOf(a, buckets) - bucketOf(b, buckets))
}

/** As many as a map has that began with one and doubles them whenever it is too full. */
function bucketsFor(size: number): number {
  let buckets = 1
  while (size > Math.floor(buckets * LOAD_FACTOR)) buckets *= 2
  return buckets
}

function bucketOf(key: string, buckets: number): number {
  const hash = javaHashCode(key)
  return (hash ^ (hash >>> 16)) & (buckets - 1)
}
