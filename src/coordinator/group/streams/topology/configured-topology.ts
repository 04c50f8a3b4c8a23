/** A topology beside the topics of the cluster: the tasks that it has, and what keeps it from being run. */
import { decidePartitionCounts, StatusCode, TopologyRefusal } from './partition-counts.ts'
import {
  type InternalTopic,
  isStateful,
  requiredTopics,
  type Subtopology,
  sourceTopicsOf,
  type Topology,
  UNDECIDED,
} from './topology.ts'

/** How many names of topics a message has. */
const MAX_NAMED = 3

export interface ConfiguredSubtopology {
  readonly subtopologyId: string
  /** Tasks, one for each partition of the topic with the most of them. */
  readonly taskCount: number
  readonly isStateful: boolean
  readonly sourceTopics: readonly string[]
  readonly repartitionSinkTopics: readonly string[]
  /** With the partition counts that were decided. */
  readonly repartitionSourceTopics: readonly InternalTopic[]
  readonly stateChangelogTopics: readonly InternalTopic[]
}

/** Members get tasks where `obstacle` is null. */
export interface ConfiguredTopology {
  readonly topologyEpoch: number
  /** The hash of the required topics (`group-topics.ts`) when this was made. */
  readonly metadataHash: bigint
  /** By id, rising; null where the topics are such that no tasks can be told. */
  readonly subtopologies: readonly ConfiguredSubtopology[] | null
  /** Topics that are missing, each with its count and its configs. */
  readonly topicsToCreate: readonly InternalTopic[]
  readonly obstacle: TopologyRefusal | null
}

/** Throws STREAMS_INVALID_TOPOLOGY for a topology that no topics could carry. `countOf`: of a topic that exists. */
export function configureTopology(
  topology: Topology,
  metadataHash: bigint,
  countOf: (topic: string) => number | undefined,
): ConfiguredTopology {
  const about = { topologyEpoch: topology.epoch, metadataHash }
  try {
    refuseMissingSources(topology, countOf)
    const counts = decidePartitionCounts(topology, countOf)
    const subtopologies = topology.subtopologies
      .map((one) => configured(one, counts, countOf))
      .sort((a, b) => (a.subtopologyId < b.subtopologyId ? -1 : 1))
    const topicsToCreate = missing(topology, subtopologies, countOf)
    const names = topicsToCreate.map(({ name }) => name)
    const obstacle =
      names.length === 0
        ? null
        : new TopologyRefusal(StatusCode.MISSING_INTERNAL_TOPICS, `Internal topics are missing: ${summary(names)}`)
    return { ...about, subtopologies, topicsToCreate, obstacle }
  } catch (error) {
    if (!(error instanceof TopologyRefusal)) throw error
    return { ...about, subtopologies: null, topicsToCreate: [], obstacle: error }
  }
}

function refuseMissingSources({ subtopologies }: Topology, countOf: (topic: string) => number | undefined): void {
  const names = new Set(subtopologies.flatMap(({ sourceTopics }) => sourceTopics))
  const absent = [...names].filter((topic) => countOf(topic) === undefined).sort()
  if (absent.length === 0) return
  throw new TopologyRefusal(StatusCode.MISSING_SOURCE_TOPICS, `Source topics ${summary(absent)} are missing.`)
}

function configured(
  subtopology: Subtopology,
  counts: ReadonlyMap<string, number>,
  countOf: (topic: string) => number | undefined,
): ConfiguredSubtopology {
  const withCount = (topic: InternalTopic): InternalTopic => {
    const partitions = topic.partitions === UNDECIDED ? counts.get(topic.name) : topic.partitions
    if (partitions === undefined) throw new Error(`Number of partitions must be set for topic ${topic.name}`)
    return { ...topic, partitions }
  }
  const { subtopologyId, sourceTopics, repartitionSinkTopics } = subtopology
  const taskCount = Math.max(...sourceTopicsOf(subtopology).map((topic) => countOf(topic) ?? counts.get(topic) ?? 0))
  return {
    subtopologyId,
    taskCount,
    isStateful: isStateful(subtopology),
    sourceTopics,
    repartitionSinkTopics,
    repartitionSourceTopics: subtopology.repartitionSourceTopics.map(withCount),
    stateChangelogTopics: subtopology.stateChangelogTopics.map(withCount),
  }
}

function missing(
  topology: Topology,
  subtopologies: readonly ConfiguredSubtopology[],
  countOf: (topic: string) => number | undefined,
): InternalTopic[] {
  const expected = new Map<string, InternalTopic>()
  for (const one of subtopologies) {
    for (const topic of [...one.repartitionSourceTopics, ...one.stateChangelogTopics]) expected.set(topic.name, topic)
  }
  for (const name of requiredTopics(topology)) {
    const found = countOf(name)
    const partitions = expected.get(name)?.partitions
    if (found === undefined || partitions === undefined) continue
    expected.delete(name)
    if (found !== partitions) {
      throw new TopologyRefusal(
        StatusCode.INCORRECTLY_PARTITIONED_TOPICS,
        `Existing topic ${name} has different number of partitions: expected ${partitions}, found ${found}`,
      )
    }
  }
  return [...expected.values()]
}

function summary(names: readonly string[]): string {
  if (names.length === 0) return '<none>'
  const more = names.length - MAX_NAMED
  return names.slice(0, MAX_NAMED).join(', ') + (more > 0 ? ` and ${more} additional topics` : '')
}
