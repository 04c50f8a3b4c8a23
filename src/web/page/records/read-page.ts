/**
 * Pages of records of several partitions, oldest or newest first. A page takes a bounded time and a bounded number of
 * bytes: with a filter that matches little it may be empty, and says where to go on.
 */
import { first } from '../../../../protocol/collections/elements.ts'
import { listAt } from '../../../../protocol/collections/grouped.ts'
import type { Clock } from '../../../env/index.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import type { RecordPage } from '../model.ts'
import { EARLIEST, LATEST, offsetAt, offsetsOf } from '../offsets.ts'
import type { SchemaReader } from '../surroundings.ts'
import { type FoundRecord, fetchRecords } from './fetch.ts'
import { matcherOf, type RecordFilter } from './filter.ts'
import { rowsOf } from './rows.ts'

export interface PageOptions extends RecordFilter {
  readonly topic: string
  readonly partitions: readonly number[]
  readonly limit: number
  readonly committedOnly: boolean
  /** null: nothing is read by a schema. */
  readonly schemas: SchemaReader | null
  /**
   * Where the page before has ended. Going to newer records it is the first offset to read, going to older ones the first
   * that is not read, by partition. Partitions that are not in it are read to their end.
   */
  readonly next?: Readonly<Record<string, number>>
}

const MOST_BYTES = 64 * 1024 * 1024
const MOST_MS = 1_500
/** A step back that brought less than this is followed by one that is twice as long. */
const WINDOW_BYTES = 4 * 1024 * 1024

/** Records by partition. */
type Lists = Map<number, FoundRecord[]>

/** One page as it grows. */
class Reading {
  readonly #calls: BrokerCalls
  readonly #options: PageOptions
  readonly #clock: Clock
  readonly #untilMs: number
  readonly #matches: ((found: FoundRecord) => boolean) | null
  /** Offsets of the records that were looked at, by partition. */
  readonly #lookedAt = new Map<number, number[]>()
  bytes = 0
  readonly problems = new Map<number, string>()

  constructor(calls: BrokerCalls, options: PageOptions, clock: Clock) {
    this.#calls = calls
    this.#options = options
    this.#clock = clock
    this.#untilMs = clock.monotonicMs() + MOST_MS
    this.#matches = matcherOf(options.topic, options)
  }

  get isOver(): boolean {
    return this.bytes >= MOST_BYTES || this.#clock.monotonicMs() >= this.#untilMs
  }

  /** Reads on from `from` once: what is found up to `to` joins the lists of `into`, and `from` moves behind what was read. */
  async read(from: Map<number, number>, to: ReadonlyMap<number, number>, into: Lists): Promise<void> {
    const { topic, committedOnly } = this.#options
    for (const { partition, records, next, bytes, problem } of await fetchRecords(this.#calls, {
      topic,
      from,
      committedOnly,
    })) {
      const end = to.get(partition) ?? 0
      const at = from.get(partition) ?? 0
      if (problem !== null) this.problems.set(partition, problem)
      this.bytes += bytes
      const [offsets, list] = [listAt(this.#lookedAt, partition), listAt(into, partition)]
      for (const found of records) {
        const offset = Number(found.record.offset)
        if (offset >= end) continue
        offsets.push(offset)
        if (this.#matches === null || this.#matches(found)) list.push(found)
      }
      // Nothing new: what is left is not to be seen yet.
      if (problem !== null || next <= at || next >= end) from.delete(partition)
      else from.set(partition, next)
    }
  }

  /** `isLeft` says of an offset whether the page that goes on at `next` looks at it again: it is counted there. */
  async page(
    found: readonly FoundRecord[],
    next: Readonly<Record<string, number>>,
    isLeft: (offset: number, next: number) => boolean,
  ): Promise<RecordPage> {
    const problems = [...this.problems].map(([partition, message]) => ({ partition, message }))
    const { topic, schemas } = this.#options
    const records = await rowsOf(found, { topic, schemas, clock: this.#clock })
    let scanned = 0
    for (const [partition, offsets] of this.#lookedAt) {
      const goOn = next[partition]
      scanned += goOn === undefined ? offsets.length : offsets.filter((offset) => !isLeft(offset, goOn)).length
    }
    return { records, next: Object.keys(next).length === 0 ? null : next, scanned, problems }
  }
}

/** The first records at or behind a place, oldest first. `from`: `EARLIEST`, an offset, or a time. */
export async function readForward(
  calls: BrokerCalls,
  clock: Clock,
  options: PageOptions,
  from: { readonly offset: number } | { readonly timeMs: number } | 'oldest',
): Promise<RecordPage> {
  const { topic, partitions, limit, next } = options
  const wanted = [{ name: topic, partitions }]
  const [start, end] = await Promise.all([offsetsOf(calls, wanted, EARLIEST), offsetsOf(calls, wanted, LATEST)])
  const timed =
    typeof from === 'object' && 'timeMs' in from ? await offsetsOf(calls, wanted, BigInt(from.timeMs)) : null
  const begin = (partition: number): number => {
    const [low, high] = [offsetAt(start, topic, partition).offset, offsetAt(end, topic, partition).offset]
    if (timed !== null)
      return offsetAt(timed, topic, partition).offset < 0 ? high : offsetAt(timed, topic, partition).offset
    return typeof from === 'object' && 'offset' in from ? Math.max(low, from.offset) : low
  }
  const to = new Map(partitions.map((partition) => [partition, offsetAt(end, topic, partition).offset]))
  const first = new Map(
    next === undefined
      ? partitions.map((partition) => [partition, begin(partition)])
      : Object.entries(next).map(([partition, offset]) => [Number(partition), offset]),
  )
  const at = new Map([...first].filter(([partition, offset]) => offset < (to.get(partition) ?? 0)))
  const reading = new Reading(calls, options, clock)
  const lists: Lists = new Map()
  const reached = new Map(at)
  while (at.size > 0 && !reading.isOver) {
    const asked = new Map([...at].slice(0, 50))
    const askedFor = [...asked.keys()]
    await reading.read(asked, to, lists)
    for (const partition of askedFor) {
      const now = asked.get(partition)
      reached.set(partition, now ?? to.get(partition) ?? 0)
      const isFull = (lists.get(partition)?.length ?? 0) >= limit
      if (now === undefined || isFull) at.delete(partition)
      else at.set(partition, now)
    }
  }
  const chosen = merge([...lists.values()], limit, (a, b) => a < b)
  return reading.page(chosen, cursorAfter(chosen, lists, reached, to), (offset, next) => offset >= next)
}

/** The offsets to go on at behind the records that were chosen of those that were found, by partition. */
function cursorAfter(
  chosen: readonly FoundRecord[],
  lists: ReadonlyMap<number, readonly FoundRecord[]>,
  reached: ReadonlyMap<number, number>,
  to: ReadonlyMap<number, number>,
): Record<string, number> {
  const next: Record<string, number> = {}
  for (const [partition, offset] of reached) {
    const found = lists.get(partition) ?? []
    const taken = chosen.filter((each) => each.partition === partition)
    const dropped = found[taken.length]
    const goOn = dropped === undefined ? offset : Number(dropped.record.offset)
    if (goOn < (to.get(partition) ?? 0)) next[partition] = goOn
  }
  return next
}

/** The last records before the end, or before the page that was read last, newest first. */
export async function readNewest(calls: BrokerCalls, clock: Clock, options: PageOptions): Promise<RecordPage> {
  const { topic, partitions, limit, next } = options
  const wanted = [{ name: topic, partitions }]
  const [start, end] = await Promise.all([offsetsOf(calls, wanted, EARLIEST), offsetsOf(calls, wanted, LATEST)])
  const reading = new Reading(calls, options, clock)
  const low = (partition: number) => Math.max(0, offsetAt(start, topic, partition).offset)
  const lists: Lists = new Map()
  /** The first offset that was looked at, by partition. */
  const reached = new Map(
    next === undefined
      ? partitions.map((partition) => [partition, Math.max(0, offsetAt(end, topic, partition).offset)])
      : Object.entries(next).map(([partition, offset]) => [Number(partition), offset]),
  )
  let window = limit
  for (;;) {
    const open = [...reached].filter(([partition, offset]) => {
      return offset > low(partition) && (lists.get(partition)?.length ?? 0) < limit
    })
    if (open.length === 0 || reading.isOver) break
    const to = new Map(open.slice(0, 50))
    const begin = new Map([...to].map(([partition, offset]) => [partition, Math.max(low(partition), offset - window)]))
    const at = new Map(begin)
    const found: Lists = new Map()
    const before = reading.bytes
    while (at.size > 0) await reading.read(at, to, found)
    for (const [partition, offset] of begin) {
      lists.set(partition, listAt(lists, partition).concat(listAt(found, partition).reverse()))
      reached.set(partition, offset)
    }
    if (reading.bytes - before < WINDOW_BYTES) window *= 2
  }
  const chosen = merge([...lists.values()], limit, (a, b) => a > b)
  return reading.page(chosen, cursorBefore(chosen, lists, reached, low), (offset, next) => offset < next)
}

function cursorBefore(
  chosen: readonly FoundRecord[],
  lists: ReadonlyMap<number, readonly FoundRecord[]>,
  reached: ReadonlyMap<number, number>,
  low: (partition: number) => number,
): Record<string, number> {
  const next: Record<string, number> = {}
  for (const [partition, offset] of reached) {
    const found = lists.get(partition) ?? []
    const taken = chosen.filter((each) => each.partition === partition)
    const lastTaken = taken.at(-1)
    const goOn =
      found.length === taken.length
        ? offset
        : lastTaken === undefined
          ? Number(first(found).record.offset) + 1
          : Number(lastTaken.record.offset)
    if (goOn > low(partition)) next[partition] = goOn
  }
  return next
}

/** Up to `limit` records by their times; the records of one partition keep their order. */
function merge(
  lists: readonly (readonly FoundRecord[])[],
  limit: number,
  isBefore: (a: bigint, b: bigint) => boolean,
): FoundRecord[] {
  const queues = lists.map((records) => ({ records, taken: 0 }))
  const merged: FoundRecord[] = []
  while (merged.length < limit) {
    let best: { readonly queue: { taken: number }; readonly found: FoundRecord } | null = null
    for (const queue of queues) {
      const found = queue.records[queue.taken]
      if (found === undefined) continue
      if (best === null || isBefore(found.record.timestamp, best.found.record.timestamp)) best = { queue, found }
    }
    if (best === null) break
    merged.push(best.found)
    best.queue.taken++
  }
  return merged
}
