/** Records as they come: a stream that waits at the ends of the partitions. */
import type { BrokerCalls } from '../broker-calls.ts'
import type { RecordRow } from '../model.ts'
import { LATEST, offsetAt, offsetsOf } from '../offsets.ts'
import { fetchRecords } from './fetch.ts'
import { matcherOf, type RecordFilter } from './filter.ts'
import { type RowOptions, rowsOf } from './rows.ts'

export interface TailOptions extends RecordFilter {
  readonly topic: string
  readonly partitions: readonly number[]
  readonly committedOnly: boolean
}

export interface TailStep {
  readonly records: readonly RecordRow[]
  /** Records that matched and were left out, because nobody can read so many. */
  readonly skipped: number
}

const WAIT_MS = 1_000
/** The most rows of one step that are sent. */
const MOST_ROWS = 200

/** Ends when `isOver` says so; each step takes a second at most where nothing comes. */
export async function* tail(
  calls: BrokerCalls,
  options: TailOptions,
  as: RowOptions,
  isOver: () => boolean,
): AsyncGenerator<TailStep> {
  const { topic, partitions, committedOnly } = options
  const ends = await offsetsOf(calls, [{ name: topic, partitions }], LATEST)
  const from = new Map(partitions.map((partition) => [partition, Math.max(0, offsetAt(ends, topic, partition).offset)]))
  const matches = matcherOf(topic, options)
  yield { records: [], skipped: 0 }
  while (!isOver()) {
    const fetched = await fetchRecords(calls, { topic, from, committedOnly, waitMs: WAIT_MS })
    for (const { partition, next, problem } of fetched) {
      if (problem === null) from.set(partition, next)
      else from.delete(partition)
    }
    if (from.size === 0) return
    const found = fetched.flatMap(({ records }) => records).filter((each) => matches === null || matches(each))
    const shown = found.slice(-MOST_ROWS)
    yield { records: await rowsOf(shown, as), skipped: found.length - shown.length }
  }
}
