/**
 * The operations of clients and their answers, in the terms of Jepsen's Kafka workload: processes that send, poll and
 * end transactions, and whether they know how that went. A checker finds in it what cannot be true of Kafka.
 */

/** A partition, `topic-0`: one log of its own order. */
export type Key = string

/**
 * `ok`: the client was told that it happened; `fail`: it knows that it did not; `info`: nobody knows, it may have
 * happened and it may still happen.
 */
export type Outcome = 'ok' | 'fail' | 'info'

/** Values are unique in a history: who reads one knows who wrote it. */
export interface Send {
  readonly type: 'send'
  readonly key: Key
  readonly value: string
  /** Where the broker said that it is; null when it did not say. */
  offset: number | null
}

export interface Polled {
  readonly offset: number
  readonly value: string
}

export interface Poll {
  readonly type: 'poll'
  readonly atMs: number
  readonly records: ReadonlyMap<Key, readonly Polled[]>
  /** How far this process has now read each log without leaving anything out, counted from the log's start. */
  readonly ends?: ReadonlyMap<Key, number>
}

export type Action = Send | Poll

/** Sends and polls of one process that take effect together, or one alone. Times are of one clock for all processes. */
export interface Work {
  readonly type: 'transaction' | 'send' | 'poll'
  readonly process: string
  readonly actions: Action[]
  readonly invokedMs: number
  /** Infinity for what has no known end. */
  completedMs: number
  /** Before that moment nobody may read what a transaction sent; Infinity when its commit was never asked for. */
  commitInvokedMs: number
  outcome: Outcome
}

/**
 * A turn of a process: its next reads do not follow from its last. `assign` keeps its place in the keys that it had
 * before, `subscribe` (and each rebalance after it) keeps none, and a crash none and nothing else either.
 */
export interface Turn {
  readonly type: 'assign' | 'subscribe' | 'crash'
  readonly process: string
  readonly keys: readonly Key[]
}

/** In the order in which the operations were invoked. */
export type History = readonly (Work | Turn)[]

export const isWork = (operation: Work | Turn): operation is Work => 'outcome' in operation

export function worksOf(history: History): Work[] {
  return history.filter(isWork)
}

export function sendsOf(work: Work): Send[] {
  return work.actions.filter((action) => action.type === 'send')
}

export function pollsOf(work: Work): Poll[] {
  return work.actions.filter((action) => action.type === 'poll')
}

/** By key, in the order in which the work sent them. */
export function sentByKey(work: Work): Map<Key, string[]> {
  const sent = new Map<Key, string[]>()
  for (const { key, value } of sendsOf(work)) append(sent, key, value)
  return sent
}

/** By key, over all polls of the work. */
export function polledByKey(work: Work): Map<Key, Polled[]> {
  const polled = new Map<Key, Polled[]>()
  for (const { records } of pollsOf(work)) {
    for (const [key, list] of records) for (const record of list) append(polled, key, record)
  }
  return polled
}

export function append<MapKey, Item>(map: Map<MapKey, Item[]>, key: MapKey, item: Item): void {
  const items = map.get(key)
  if (items) items.push(item)
  else map.set(key, [item])
}
