/**
 * The topics of a share group whose partitions have state at the share coordinator, or are about to get or lose it.
 *
 *     subscribed ──record──> initializing ──share coordinator has begun the state──> initialized
 *     initialized, initializing ──offsets or group are deleted──> deleting ──state is gone──> (nothing)
 *
 * Invariants: only partitions that are initialized are assigned. A state begins after its record is committed, and a
 * record that says it is gone is written after it is: a crash at any point leaves partitions in `initializing`, which are
 * tried again when a member sends its heartbeat, or in `deleting`, where the next deletion takes them up; beginning and
 * deleting a state twice is harmless. Pure: values are replaced, never changed.
 */
import type { GroupTopics } from '../group-topics.ts'
import type { Partitions } from '../partitions.ts'

export interface TopicShares {
  /** As it was when the record was written; Kafka's tools show it. */
  readonly name: string
  readonly partitions: ReadonlySet<number>
}

/** By topic id. */
export type SharesByTopic = ReadonlyMap<string, TopicShares>

export interface ShareTopics {
  readonly initializing: SharesByTopic
  readonly initialized: SharesByTopic
  /** Names by topic id. */
  readonly deleting: ReadonlyMap<string, string>
}

export const NO_TOPICS: ShareTopics = { initializing: new Map(), initialized: new Map(), deleting: new Map() }

/** Kafka's name of a topic that is gone. */
const UNKNOWN_NAME = '<UNKNOWN>'

export const topicNameOf = (topics: GroupTopics, topicId: string): string =>
  topics.identified(topicId)?.name ?? UNKNOWN_NAME

/** The partitions of subscribed topics for which nobody has begun a state yet, or not within the retry interval. */
export function missingShares(
  { initializing, initialized }: ShareTopics,
  subscribed: Iterable<string>,
  topics: GroupTopics,
  isBeingTried: boolean,
): SharesByTopic {
  const missing = new Map<string, TopicShares>()
  for (const name of subscribed) {
    const topic = topics.named(name)
    if (topic === undefined) continue
    const known = initialized.get(topic.id)?.partitions
    const tried = isBeingTried ? initializing.get(topic.id)?.partitions : undefined
    const partitions = new Set<number>()
    for (let partition = 0; partition < topic.partitionCount; partition++) {
      if (!known?.has(partition) && !tried?.has(partition)) partitions.add(partition)
    }
    if (partitions.size > 0) missing.set(topic.id, { name, partitions })
  }
  return missing
}

/** A state is being begun for the partitions; their topics are not being deleted any more. */
export function withInitializing(state: ShareTopics, added: SharesByTopic): ShareTopics {
  const initializing = union(state.initializing, added)
  const deleting = new Map([...state.deleting].filter(([topicId]) => !initializing.has(topicId)))
  return { ...state, initializing, deleting }
}

/** The share coordinator has begun a state for the partitions. */
export function withInitialized(state: ShareTopics, added: SharesByTopic): ShareTopics {
  return {
    ...state,
    initialized: union(state.initialized, added),
    initializing: difference(state.initializing, partitionsByTopic(added)),
  }
}

/** The share coordinator has refused: a later heartbeat tries again. */
export function withoutInitializing(state: ShareTopics, removed: Partitions): ShareTopics {
  return { ...state, initializing: difference(state.initializing, removed) }
}

/** The topics are gone, and all that was known of them. */
export function withoutTopics(state: ShareTopics, topicIds: ReadonlySet<string>): ShareTopics {
  const without = <T>(map: ReadonlyMap<string, T>) => new Map([...map].filter(([topicId]) => !topicIds.has(topicId)))
  return {
    initializing: without(state.initializing),
    initialized: without(state.initialized),
    deleting: without(state.deleting),
  }
}

export function partitionsByTopic(shares: SharesByTopic): Partitions {
  return new Map([...shares].map(([topicId, { partitions }]) => [topicId, partitions]))
}

export function union(a: SharesByTopic, b: SharesByTopic): SharesByTopic {
  const all = new Map(a)
  for (const [topicId, { name, partitions }] of b) {
    all.set(topicId, { name, partitions: new Set([...(all.get(topicId)?.partitions ?? []), ...partitions]) })
  }
  return all
}

function difference(from: SharesByTopic, removed: Partitions): SharesByTopic {
  const left = new Map<string, TopicShares>()
  for (const [topicId, { name, partitions }] of from) {
    const kept = new Set([...partitions].filter((partition) => !removed.get(topicId)?.has(partition)))
    if (kept.size > 0) left.set(topicId, { name, partitions: kept })
  }
  return left
}
