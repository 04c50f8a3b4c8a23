import { append, type History, type Key, type Polled, pollsOf, sendsOf, type Work, worksOf } from './history.ts'

/** One key's log, as far as the history tells: the values that are in it for good, in the order of their offsets. */
export interface Log {
  readonly key: Key
  /** Every value that was read or acknowledged at an offset; more than one is an inconsistency. */
  readonly offsets: ReadonlyMap<number, ReadonlySet<string>>
  readonly order: readonly string[]
  /** The index of each value in `order`. */
  readonly indexes: ReadonlyMap<string, number>
  /** Where each value was read. */
  readonly readOffsets: ReadonlyMap<string, ReadonlySet<number>>
  /** The highest offset that anybody read. */
  readonly highestRead: number
  /** Everything below was read by somebody who left nothing out; -1 when nobody did that. */
  readonly readThrough: number
  /** When that reader began. */
  readonly readThroughMs: number
}

export interface Analysis {
  readonly works: readonly Work[]
  readonly logs: ReadonlyMap<Key, Log>
  /** The work that sent a value. */
  readonly writers: ReadonlyMap<string, Work>
  /** The works that read a value. */
  readonly readers: ReadonlyMap<string, readonly Work[]>
  /** Works of which it is known that they took effect: acknowledged, or something of them was read. */
  readonly happened: ReadonlySet<Work>
}

interface Seen {
  readonly offsets: Map<number, Set<string>>
  readonly readOffsets: Map<string, Set<number>>
  highestRead: number
  readThrough: number
  readThroughMs: number
}

export function analyse(history: History): Analysis {
  const works = worksOf(history)
  const writers = new Map<string, Work>()
  const readers = new Map<string, Work[]>()
  const seen = new Map<Key, Seen>()
  for (const work of works) {
    for (const { value } of sendsOf(work)) writers.set(value, work)
    for (const { records, ends } of pollsOf(work)) {
      for (const [key, list] of records) {
        for (const record of list) noteRead(seenOf(seen, key), record)
        for (const { value } of list) if (readers.get(value)?.at(-1) !== work) append(readers, value, work)
      }
      for (const [key, end] of ends ?? []) noteEnd(seenOf(seen, key), end, work.invokedMs)
    }
  }
  const happened = new Set(works.filter((work) => mustHaveHappened(work, readers)))
  for (const work of happened) {
    for (const { key, value, offset } of sendsOf(work)) {
      if (offset !== null) addTo(seenOf(seen, key).offsets, offset, value)
    }
  }
  const logs = new Map([...seen].map(([key, each]) => [key, logOf(key, each)]))
  return { works, logs, writers, readers, happened }
}

function mustHaveHappened(work: Work, readers: ReadonlyMap<string, unknown>): boolean {
  if (work.outcome === 'info') return sendsOf(work).some(({ value }) => readers.has(value))
  return work.outcome === 'ok'
}

function seenOf(seen: Map<Key, Seen>, key: Key): Seen {
  let found = seen.get(key)
  if (found === undefined) {
    found = { offsets: new Map(), readOffsets: new Map(), highestRead: -1, readThrough: -1, readThroughMs: -1 }
    seen.set(key, found)
  }
  return found
}

function noteRead(seen: Seen, { offset, value }: Polled): void {
  addTo(seen.offsets, offset, value)
  addTo(seen.readOffsets, value, offset)
  seen.highestRead = Math.max(seen.highestRead, offset)
}

function noteEnd(seen: Seen, end: number, invokedMs: number): void {
  if (end < seen.readThrough) return
  seen.readThrough = end
  seen.readThroughMs = Math.max(seen.readThroughMs, invokedMs)
}

function addTo<MapKey, Item>(map: Map<MapKey, Set<Item>>, key: MapKey, item: Item): void {
  const items = map.get(key)
  if (items) items.add(item)
  else map.set(key, new Set([item]))
}

/** Reads count more than acknowledgements, where they differ; a value stands where it was first. */
function logOf(key: Key, { offsets, readOffsets, highestRead, readThrough, readThroughMs }: Seen): Log {
  const order: string[] = []
  const indexes = new Map<string, number>()
  for (const offset of [...offsets.keys()].sort((a, b) => a - b)) {
    for (const value of offsets.get(offset) ?? []) {
      const isElsewhere = readOffsets.has(value) && !readOffsets.get(value)?.has(offset)
      if (isElsewhere || indexes.has(value)) continue
      indexes.set(value, order.length)
      order.push(value)
    }
  }
  return { key, offsets, order, indexes, readOffsets, highestRead, readThrough, readThroughMs }
}
