/**
 * How many partitions the topics get that a Streams application has for itself (KIP-1071), decided in Kafka's order:
 * repartition topics from what is read by those who write to them, then equal numbers for topics that are read together
 * (copartitioned), then changelogs, one partition a task.
 *
 * Throws a `TopologyRefusal` where the topics as they are cannot carry the topology, and STREAMS_INVALID_TOPOLOGY where
 * no topics could.
 */
import { ErrorCode, KafkaError } from '../../../../../protocol/errors.ts'
import { type Subtopology, sourceTopicsOf, type Topology, UNDECIDED } from './topology.ts'

/** Codes of `StreamsGroupHeartbeatResponse.status`. */
export const StatusCode = {
  STALE_TOPOLOGY: 0,
  MISSING_SOURCE_TOPICS: 1,
  INCORRECTLY_PARTITIONED_TOPICS: 2,
  MISSING_INTERNAL_TOPICS: 3,
  SHUTDOWN_APPLICATION: 4,
  ASSIGNMENT_DELAYED: 5,
  /** v1 */
  MISSING_CLIENT_TAGS: 6,
} as const
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode]

/** Members are told, and get no tasks until the topics are others. */
export class TopologyRefusal extends Error {
  readonly statusCode: StatusCode
  constructor(statusCode: StatusCode, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

type Counts = Map<string, number>
/** undefined: there is no such topic, and nobody has decided on its count yet. */
type CountOf = (topic: string) => number | undefined

/** `existing` knows the topics of the cluster. What is found holds for topics that exist already, too. */
export function decidePartitionCounts({ subtopologies }: Topology, existing: CountOf): ReadonlyMap<string, number> {
  const decided: Counts = new Map()
  const countOf: CountOf = (topic) => existing(topic) ?? decided.get(topic)
  for (const [topic, count] of repartitionCounts(subtopologies, countOf)) decided.set(topic, count)
  for (const subtopology of subtopologies) {
    for (const group of copartitionGroups(subtopology)) equalize(group, subtopologies, countOf, decided)
  }
  for (const subtopology of subtopologies) {
    const counts = sourceTopicsOf(subtopology).map((topic) => known(topic, countOf))
    if (counts.length === 0) invalid(`No source topics found for subtopology ${subtopology.subtopologyId}`)
    for (const { name } of subtopology.stateChangelogTopics) decided.set(name, Math.max(...counts))
  }
  return decided
}

/** Subtopologies that write to each other's topics wait for one another's counts; a pass that finds none finds a loop. */
function repartitionCounts(subtopologies: readonly Subtopology[], countOf: CountOf): Counts {
  const counts: Counts = new Map()
  for (const { repartitionSourceTopics } of subtopologies) {
    for (const { name, partitions } of repartitionSourceTopics)
      if (partitions !== UNDECIDED) counts.set(name, partitions)
  }
  for (let open = true; open; ) {
    open = false
    let found = false
    for (const subtopology of subtopologies) {
      for (const sink of subtopology.repartitionSinkTopics) {
        if (counts.has(sink)) continue
        const count = mostRead(subtopology, counts, countOf)
        if (count === null) open = true
        else {
          counts.set(sink, count)
          found = true
        }
      }
    }
    if (open && !found) {
      invalid(
        'Failed to compute number of partitions for all repartition topics. There may be loops in the topology that cannot be resolved.',
      )
    }
  }
  if (subtopologies.some((one) => one.repartitionSourceTopics.some(({ name }) => !counts.has(name)))) {
    invalid(
      'Failed to compute number of partitions for all repartition topics, because a repartition source topic is never used as a sink topic.',
    )
  }
  return counts
}

/** The largest count among the topics that are read, as far as it is known; null: none of them is. */
function mostRead(subtopology: Subtopology, counts: Counts, countOf: CountOf): number | null {
  const own = subtopology.repartitionSourceTopics.flatMap(({ name }) => counts.get(name) ?? [])
  const external = subtopology.sourceTopics.flatMap((topic) => countOf(topic) ?? [])
  return own.length + external.length === 0 ? null : Math.max(...own, ...external)
}

function copartitionGroups({
  copartitionGroups: groups,
  sourceTopics,
  repartitionSourceTopics,
}: Subtopology): Set<string>[] {
  return groups.map((group) => {
    const external = group.sourceTopics.flatMap((index) => sourceTopics[index] ?? [])
    const own = group.repartitionSourceTopics.flatMap((index) => repartitionSourceTopics[index]?.name ?? [])
    return new Set([...external, ...own])
  })
}

/** Topics of which one partition each is read by one task must have equally many of them. */
function equalize(
  group: ReadonlySet<string>,
  subtopologies: readonly Subtopology[],
  countOf: CountOf,
  decided: Counts,
): void {
  if (group.size === 0) return
  const internal = subtopologies.flatMap((one) => one.repartitionSourceTopics)
  const fixed = new Set(internal.filter(({ partitions }) => partitions !== UNDECIDED).map(({ name }) => name))
  const isInternal = new Set(internal.map(({ name }) => name))
  const own = [...group].filter((topic) => isInternal.has(topic))
  const external = [...group].filter((topic) => !isInternal.has(topic))
  const count = external.length > 0 ? same(external, countOf) : ownCount(own, fixed, countOf)
  for (const topic of own) {
    const before = known(topic, countOf)
    decided.set(topic, count)
    if (fixed.has(topic) && before !== count) {
      throw new TopologyRefusal(
        StatusCode.INCORRECTLY_PARTITIONED_TOPICS,
        `Number of partitions [${before}] of repartition topic [${topic}] doesn't match number of partitions [${count}] of the source topic.`,
      )
    }
  }
}

/** Where the application has fixed a count, that one; as in Kafka all fixed ones of the topology are looked at. */
function ownCount(own: readonly string[], fixed: ReadonlySet<string>, countOf: CountOf): number {
  const [first] = fixed
  if (first === undefined) return Math.max(...own.map((topic) => known(topic, countOf)))
  const count = known(first, countOf)
  if ([...fixed].every((topic) => known(topic, countOf) === count)) return count
  throw unequal(own, countOf)
}

function same(topics: readonly string[], countOf: CountOf): number {
  const counts = new Set(topics.map((topic) => known(topic, countOf)))
  const [count] = counts
  if (counts.size === 1 && count !== undefined) return count
  throw unequal(topics, countOf)
}

function unequal(topics: readonly string[], countOf: CountOf): TopologyRefusal {
  const counts = topics.toSorted().map((topic) => `${topic}=${known(topic, countOf)}`)
  return new TopologyRefusal(
    StatusCode.INCORRECTLY_PARTITIONED_TOPICS,
    `Following topics do not have the same number of partitions: [{${counts.join(', ')}}]`,
  )
}

/** Source topics were looked for before, and repartition topics have been decided on. */
function known(topic: string, countOf: CountOf): number {
  const count = countOf(topic)
  if (count === undefined) throw new Error(`Number of partitions is not set for topic: ${topic}`)
  return count
}

function invalid(message: string): never {
  throw new KafkaError(ErrorCode.STREAMS_INVALID_TOPOLOGY, message)
}
