/** The picture: a line about all, three tables, and the keys. Pure: rates and a state in, lines out. */
import { type Column, tableLines } from '../print/answer.ts'
import { bytesText, countText, plural } from '../print/quantity.ts'
import type { Style } from '../print/style.ts'
import type { ClientRow, GroupRow, Rates, TopicRow } from './snapshot.ts'
import type { Order, Section, TopState } from './state.ts'

export interface Heading {
  readonly servers: string
  /** How it is seen: by metrics, or by offsets. */
  readonly by: string
  /** ISO 8601. */
  readonly time: string
  /** The reason for which there is no newer picture; null: there is none. */
  readonly failure: string | null
}

const NUMBER_WIDTH = 9

/** Numbers keep their width, so that tables stand still. */
const wide = (text: string): string => text.padStart(NUMBER_WIDTH)
const rateText = (rate: number | null): string => wide(rate === null ? '-' : countText(rate))
const bytesRate = (rate: number | null): string => wide(rate === null ? '-' : bytesText(rate))
const ageText = (seconds: number | null): string =>
  wide(seconds === null ? '-' : seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`)

const TOPIC_COLUMNS: readonly Column<TopicRow>[] = [
  { title: 'TOPIC', of: ({ topic }) => topic, tone: () => 'name' },
  { title: wide('REC/S'), of: ({ recordsPerSecond }) => rateText(recordsPerSecond) },
  { title: wide('IN/S'), of: ({ bytesInPerSecond }) => bytesRate(bytesInPerSecond) },
  { title: wide('OUT/S'), of: ({ bytesOutPerSecond }) => bytesRate(bytesOutPerSecond) },
  { title: wide('SIZE'), of: ({ sizeBytes }) => bytesRate(sizeBytes) },
  { title: 'PARTITIONS', of: ({ partitions }) => partitions },
]

const GROUP_COLUMNS: readonly Column<GroupRow>[] = [
  { title: 'GROUP', of: ({ group }) => group, tone: () => 'name' },
  { title: wide('REC/S'), of: ({ recordsPerSecond }) => rateText(recordsPerSecond) },
  { title: wide('LAG'), of: ({ lag }) => rateText(lag), tone: ({ lag }) => (lag !== null && lag > 0 ? 'warn' : null) },
  { title: wide('BEHIND'), of: ({ lagSeconds }) => ageText(lagSeconds) },
  { title: 'MEMBERS', of: ({ members }) => members },
  { title: 'STATE', of: ({ state }) => state },
  { title: 'TYPE', of: ({ type }) => type },
]

const CLIENT_COLUMNS: readonly Column<ClientRow>[] = [
  { title: 'CLIENT', of: ({ client }) => client, tone: () => 'name' },
  { title: wide('REC/S'), of: ({ recordsPerSecond }) => rateText(recordsPerSecond) },
  { title: wide('IN/S'), of: ({ bytesInPerSecond }) => bytesRate(bytesInPerSecond) },
  { title: wide('OUT/S'), of: ({ bytesOutPerSecond }) => bytesRate(bytesOutPerSecond) },
  { title: wide('REQ/S'), of: ({ requestsPerSecond }) => rateText(requestsPerSecond) },
  { title: 'CONNECTIONS', of: ({ connections }) => connections },
  { title: 'GROUP', of: ({ group }) => group },
  { title: 'HOST', of: ({ host }) => host },
]

/** Columns of which the source knows nothing are left out, but for the first `kept`: a picture without rates yet has their place. */
function withValues<R>(columns: readonly Column<R>[], rows: readonly R[], kept: number): Column<R>[] {
  const isKnown = ({ of }: Column<R>) => rows.length === 0 || rows.some((row) => String(of(row) ?? '-').trim() !== '-')
  return columns.filter((column, index) => index < kept || isKnown(column))
}

/** Rows in the order that is asked for; those that are equal by it stand by their names. */
export function ordered<R>(rows: readonly R[], order: Order, of: RowNumbers<R>): R[] {
  const number = order === 'rate' ? of.rate : order === 'amount' ? of.amount : () => 0
  return [...rows].sort((a, b) => number(b) - number(a) || (of.name(a) < of.name(b) ? -1 : 1))
}

export interface RowNumbers<R> {
  readonly name: (row: R) => string
  readonly rate: (row: R) => number
  readonly amount: (row: R) => number
}

const TOPIC_NUMBERS: RowNumbers<TopicRow> = {
  name: ({ topic }) => topic,
  rate: ({ recordsPerSecond, bytesOutPerSecond }) => (recordsPerSecond ?? 0) + (bytesOutPerSecond ?? 0),
  amount: ({ sizeBytes, partitions }) => sizeBytes ?? partitions,
}

const GROUP_NUMBERS: RowNumbers<GroupRow> = {
  name: ({ group }) => group,
  rate: ({ recordsPerSecond }) => recordsPerSecond ?? 0,
  amount: ({ lag }) => lag ?? 0,
}

const CLIENT_NUMBERS: RowNumbers<ClientRow> = {
  name: ({ client }) => client,
  rate: (row) => (row.bytesInPerSecond ?? 0) + (row.bytesOutPerSecond ?? 0) + (row.recordsPerSecond ?? 0),
  amount: ({ connections }) => connections ?? 0,
}

/** A name, and records a second; clients that a broker counts have bytes in their place. */
export const TOPIC_TABLE = { columns: TOPIC_COLUMNS, numbers: TOPIC_NUMBERS, kept: 2 }
export const GROUP_TABLE = { columns: GROUP_COLUMNS, numbers: GROUP_NUMBERS, kept: 2 }
export const CLIENT_TABLE = { columns: CLIENT_COLUMNS, numbers: CLIENT_NUMBERS, kept: 1 }
const KEYS = 'q quit   t g c topics, groups, clients   a all   s order   space pause   + - interval'

/** Exactly `rows` lines at most, of any width. */
export function picture(rates: Rates | null, heading: Heading, state: TopState, rows: number, style: Style): string[] {
  const head = [
    headLine(rates, heading, state, style),
    heading.failure === null ? totals(rates) : style('bad', heading.failure),
    '',
  ]
  const left = Math.max(0, rows - head.length - 1)
  const body = rates === null ? [] : bodyOf(rates, state, left, style)
  const filling = Array.from({ length: Math.max(0, left - body.length) }, () => '')
  return [...head, ...body.slice(0, left), ...filling, style('quiet', `${KEYS}   (by ${state.order})`)]
}

function headLine(rates: Rates | null, { servers, by, time }: Heading, state: TopState, style: Style): string {
  const brokers = rates === null ? '' : `, ${plural(rates.brokers, 'broker')}`
  const pace = state.isPaused ? 'paused' : `every ${state.everyMs / 1_000} s`
  return `${style('title', 'samsa top')}  ${servers}${brokers}, by ${by}, ${pace}  ${style('quiet', time)}`
}

function totals(rates: Rates | null): string {
  if (rates === null) return 'Looking …'
  const sum = (numbers: readonly (number | null)[]) => numbers.reduce<number>((total, each) => total + (each ?? 0), 0)
  const { topics, groups } = rates
  const records = countText(sum(topics.map(({ recordsPerSecond }) => recordsPerSecond)))
  const [bytesIn, bytesOut] = [
    sum(topics.map(({ bytesInPerSecond }) => bytesInPerSecond)),
    sum(topics.map(({ bytesOutPerSecond }) => bytesOutPerSecond)),
  ].map(bytesText)
  const hasBytes = topics.some(({ bytesInPerSecond }) => bytesInPerSecond !== null)
  const bytes = hasBytes ? `   in ${bytesIn}/s   out ${bytesOut}/s` : ''
  return `${records} records/s${bytes}   lag ${countText(sum(groups.map(({ lag }) => lag)))}`
}

function bodyOf(rates: Rates, state: TopState, room: number, style: Style): string[] {
  const tables: Record<Section, string[]> = {
    topics: table(rates.topics, TOPIC_TABLE, state, style),
    groups: table(rates.groups, GROUP_TABLE, state, style),
    clients: table(rates.clients, CLIENT_TABLE, state, style),
  }
  if (state.section !== null) {
    const [titles = '', ...lines] = tables[state.section]
    // The last row stays in the picture, however far somebody scrolls.
    const first = Math.min(state.scrolled, Math.max(0, lines.length - 1))
    return [titles, ...lines.slice(first)]
  }
  const all = [tables.topics, tables.groups, tables.clients].filter((lines) => lines.length > 1)
  const shares = sharedOut(
    all.map((lines) => lines.length),
    Math.max(0, room - Math.max(0, all.length - 1)),
  )
  return all.flatMap((lines, index) => [...(index === 0 ? [] : ['']), ...lines.slice(0, shares[index])])
}

export interface RowTable<R> {
  readonly columns: readonly Column<R>[]
  readonly numbers: RowNumbers<R>
  readonly kept: number
}

export const tableOf = <R>(rows: readonly R[], { columns, kept }: RowTable<R>) => ({
  columns: withValues(columns, rows, kept),
  rows,
})

function table<R>(rows: readonly R[], of: RowTable<R>, { order }: TopState, style: Style): string[] {
  return tableLines(tableOf(ordered(rows, order, of.numbers), of), style)
}

/** A table that does not need its share leaves it to those that need more; all get the same otherwise. */
export function sharedOut(wanted: readonly number[], room: number): number[] {
  const shares = wanted.map(() => 0)
  let left = room
  for (;;) {
    const hungry = wanted.flatMap((want, index) => ((shares[index] ?? 0) < want ? [index] : []))
    const each = Math.floor(left / hungry.length)
    if (hungry.length === 0 || each < 1) break
    for (const index of hungry) {
      const more = Math.min(each, (wanted[index] ?? 0) - (shares[index] ?? 0))
      shares[index] = (shares[index] ?? 0) + more
      left -= more
    }
  }
  return shares
}
