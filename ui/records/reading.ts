/** Reads records of a topic, page after page, into one list. */
import { useCallback, useEffect, useRef } from 'preact/hooks'
import type { RecordPage, RecordRow } from '../../src/web/page/model.ts'
import { BASE, path, post } from '../lib/api.ts'
import { useTurn } from '../lib/hooks.ts'
import { Predicate } from './predicate.ts'

export type From = 'newest' | 'oldest' | 'offset' | 'time' | 'live'

export interface Question {
  readonly topic: string
  readonly from: From
  /** An offset, or a time in milliseconds. */
  readonly at: number
  /** null: all. */
  readonly partition: number | null
  readonly key: string
  readonly contains: string
  /** JavaScript; empty: none. */
  readonly predicate: string
  readonly committedOnly: boolean
}

export interface Reading {
  readonly rows: readonly RecordRow[]
  readonly scanned: number
  readonly skipped: number
  readonly isBusy: boolean
  /** There is more behind what was read. */
  readonly hasMore: boolean
  readonly error: string | null
  readonly problems: RecordPage['problems']
  readonly more: () => void
  readonly stop: () => void
  readonly again: () => void
}

const PAGE = 250
/** Pages after the first are larger: who reads on wants more at a time. */
const NEXT_PAGE = 1_000
const KEPT_LIVE = 5_000
export const MOST_ROWS = 100_000

interface State {
  rows: RecordRow[]
  scanned: number
  skipped: number
  isBusy: boolean
  next: RecordPage['next']
  isBegun: boolean
  error: string | null
  problems: RecordPage['problems']
}

const blank = (): State => ({
  rows: [],
  scanned: 0,
  skipped: 0,
  isBusy: false,
  next: null,
  isBegun: false,
  error: null,
  problems: [],
})

export function useReading(question: Question): Reading {
  const state = useRef<State>(blank())
  const [, show] = useTurn()
  const [turn, again] = useTurn()
  const ending = useRef<AbortController | null>(null)

  const more = useCallback(async () => {
    const now = state.current
    if (now.isBusy || (now.isBegun && now.next === null)) return
    const { signal } = (ending.current = new AbortController())
    now.isBusy = true
    show()
    try {
      await readPage(question, now, signal, show)
    } catch (error) {
      if (state.current === now && !signal.aborted) now.error = (error as Error).message
    }
    now.isBusy = false
    show()
  }, [question, show])

  useEffect(() => {
    const now = blank()
    state.current = now
    show()
    if (question.from === 'live') return follow(question, now, show)
    void more()
    return () => ending.current?.abort()
    // `turn` counts how often the same question was asked.
  }, [question, turn, more, show])

  const { rows, scanned, skipped, isBusy, next, error, problems } = state.current
  const hasMore = next !== null && rows.length < MOST_ROWS
  const stop = () => ending.current?.abort()
  return {
    rows,
    scanned,
    skipped,
    isBusy,
    hasMore,
    error,
    problems,
    more,
    stop,
    again,
  }
}

/** Asks until there is a page full of rows: what the broker gives at a time may have none that match. */
async function readPage(question: Question, into: State, signal: AbortSignal, show: () => void): Promise<void> {
  const predicate = question.predicate === '' ? null : new Predicate(question.predicate)
  const limit = into.rows.length === 0 ? PAGE : NEXT_PAGE
  const enough = into.rows.length + limit
  try {
    do {
      const page = await post<RecordPage>(`/records${path(question.topic)}/page`, bodyOf(question, limit, into), signal)
      const rows = predicate === null ? page.records : await predicate.matching(page.records)
      if (signal.aborted) return
      into.isBegun = true
      into.next = page.next
      into.scanned += page.scanned
      into.problems = page.problems
      into.rows = [...into.rows, ...rows]
      show()
    } while (into.next !== null && into.rows.length < enough)
  } finally {
    predicate?.end()
  }
}

function bodyOf(question: Question, limit: number, { next }: State) {
  const { from, at, partition, key, contains, committedOnly } = question
  const begin = { newest: 'newest', live: 'newest', oldest: 'oldest', offset: { offset: at }, time: { timeMs: at } }[
    from
  ]
  return {
    from: begin,
    limit,
    committedOnly,
    ...(partition === null ? {} : { partitions: [partition] }),
    ...(key === '' ? {} : { key }),
    ...(contains === '' ? {} : { contains }),
    ...(next === null ? {} : { next }),
  }
}

/** The query of the live stream and of the export. */
export function streamQuery({ partition, key, contains, committedOnly }: Question): string {
  const query = new URLSearchParams({ committed: String(committedOnly) })
  if (partition !== null) query.set('partitions', String(partition))
  if (key !== '') query.set('key', key)
  if (contains !== '') query.set('contains', contains)
  return query.toString()
}

function follow(question: Question, into: State, show: () => void): () => void {
  const source = new EventSource(`${BASE}/records${path(question.topic)}/tail?${streamQuery(question)}`)
  const predicate = question.predicate === '' ? null : new Predicate(question.predicate)
  into.isBusy = true
  show()
  source.onmessage = async ({ data }) => {
    const { records, skipped } = JSON.parse(data) as { records: RecordRow[]; skipped: number }
    into.scanned += records.length + skipped
    into.skipped += skipped
    try {
      const rows = predicate === null ? records : await predicate.matching(records)
      into.rows = [...rows.reverse(), ...into.rows].slice(0, KEPT_LIVE)
      into.error = null
    } catch (error) {
      into.error = (error as Error).message
    }
    show()
  }
  source.onerror = () => {
    into.error = 'The stream was cut; it is tried again.'
    show()
  }
  return () => {
    source.close()
    predicate?.end()
  }
}
