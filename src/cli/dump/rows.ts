/** The content of a file as rows: each is one JSON object, or one line of a table whose columns its type gives. */
import type { Cell } from '../../log/inspection/decoded/decoded-record.ts'

export interface Row {
  readonly type: RowType
  readonly [field: string]: Cell
}

/** Takes one row; what it returns is awaited before the next one. */
export type Emit = (row: Row) => Promise<void> | null

/** A number of JSON where it is exact, else its digits. */
export function int64(value: bigint | number): Cell {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

/** A damaged place: `position` is a byte of the file. */
export function damage(position: number | null, problem: string): Row {
  return { type: 'damage', position, problem }
}

interface Column {
  readonly name: string
  readonly title: string
  readonly width: number
  /** Default: the value as it is. */
  readonly show?: (value: Cell, row: Row) => string
  /** Numbers align to the right. */
  readonly left?: boolean
}

const time = (value: Cell | undefined): string => {
  const ms = Number(value)
  if (ms < 0) return '-'
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? String(value) : date.toISOString()
}
const orDash = (value: Cell): string => (value === null || value === -1 ? '-' : String(value))

function flags(_: Cell, row: Row): string {
  const set: string[] = []
  if (row.isTransactional) set.push('transactional')
  if (row.isControl) set.push('control')
  if (row.timestampType === 'LogAppendTime') set.push('append-time')
  if (row.deleteHorizonMs !== null) set.push(`delete-horizon ${time(row.deleteHorizonMs)}`)
  if (row.magic !== 2) set.push(`magic ${row.magic}`)
  if (row.isValid === false) set.push('DAMAGED')
  return set.join(', ')
}

const producer = (_: Cell, row: Row): string => (row.producerId === -1 ? '-' : `${row.producerId}/${row.producerEpoch}`)
const sequences = (_: Cell, row: Row): string =>
  row.baseSequence === -1 ? '-' : `${row.baseSequence}..${row.lastSequence}`

/** Column widths are fixed, because rows are printed as they are read. */
const TABLES = {
  batch: [
    { name: 'position', title: 'position', width: 10 },
    { name: 'sizeInBytes', title: 'bytes', width: 8 },
    { name: 'baseOffset', title: 'base offset', width: 12 },
    { name: 'lastOffset', title: 'last offset', width: 12 },
    { name: 'count', title: 'records', width: 7, show: orDash },
    { name: 'maxTimestamp', title: 'max timestamp', width: 24, show: time, left: true },
    { name: 'leaderEpoch', title: 'epoch', width: 5, show: orDash },
    { name: 'compression', title: 'codec', width: 6, left: true },
    { name: 'producerId', title: 'producer', width: 10, show: producer, left: true },
    { name: 'baseSequence', title: 'sequences', width: 12, show: sequences, left: true },
    { name: 'flags', title: 'flags', width: 0, show: flags, left: true },
  ],
  'offset-index-entry': [
    { name: 'offset', title: 'offset', width: 16 },
    { name: 'position', title: 'position', width: 12 },
  ],
  'time-index-entry': [
    { name: 'timestamp', title: 'timestamp', width: 24, show: time, left: true },
    { name: 'offset', title: 'offset', width: 16 },
  ],
  'aborted-transaction': [
    { name: 'producerId', title: 'producer id', width: 12 },
    { name: 'firstOffset', title: 'first offset', width: 16 },
    { name: 'lastOffset', title: 'last offset', width: 16 },
    { name: 'lastStableOffset', title: 'last stable offset', width: 18 },
  ],
  producer: [
    { name: 'producerId', title: 'producer id', width: 12 },
    { name: 'producerEpoch', title: 'epoch', width: 6 },
    { name: 'lastSequence', title: 'last sequence', width: 13, show: orDash },
    { name: 'lastOffset', title: 'last offset', width: 12, show: orDash },
    { name: 'offsetDelta', title: 'offset delta', width: 12 },
    { name: 'lastTimestamp', title: 'last timestamp', width: 24, show: time, left: true },
    { name: 'coordinatorEpoch', title: 'coordinator epoch', width: 17, show: orDash },
    { name: 'currentTransactionFirstOffset', title: 'transaction began at', width: 20, show: orDash },
  ],
  'leader-epoch': [
    { name: 'epoch', title: 'epoch', width: 8 },
    { name: 'startOffset', title: 'start offset', width: 16 },
  ],
  'partition-offset': [
    { name: 'offset', title: 'offset', width: 16 },
    { name: 'topic', title: 'partition', width: 0, show: (topic, row) => `${topic}-${row.partition}`, left: true },
  ],
  property: [
    { name: 'name', title: 'name', width: 20, left: true },
    { name: 'value', title: 'value', width: 0, left: true },
  ],
} as const satisfies Record<string, readonly Column[]>

type TableType = keyof typeof TABLES
export type RowType = TableType | 'record' | 'damage' | 'note'

function tableLine(columns: readonly Column[], cell: (column: Column) => string): string {
  const cells = columns.map((column) =>
    column.left ? cell(column).padEnd(column.width) : cell(column).padStart(column.width),
  )
  return `  ${cells.join('  ')}`.trimEnd()
}

const text = (value: Cell | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null))

function recordLine(row: Row): string {
  const parts = [`    offset ${row.offset}`, time(row.timestamp)]
  if (row.decoded !== undefined) parts.push(decodedText(row.decoded as { [name: string]: Cell }))
  else if (row.key !== undefined)
    parts.push(`key ${quoted(row.key, row.keyEncoding)}`, `value ${quoted(row.value, row.valueEncoding)}`)
  else parts.push(`key ${size(row.keySize)}`, `value ${size(row.valueSize)}`)
  const headers = row.headers as Readonly<Record<string, Cell>>[] | undefined
  if (headers?.length) {
    parts.push(
      `headers ${headers.map((header) => `${header.key}=${quoted(header.value, header.valueEncoding)}`).join(' ')}`,
    )
  }
  return parts.join('  ')
}

/** Kafka's size of null is -1. */
const size = (bytes: Cell | undefined): string => (bytes === -1 ? 'null' : `${bytes} bytes`)

const quoted = (value: Cell | undefined, encoding: Cell | undefined): string =>
  encoding === 'base64' ? `base64:${value}` : JSON.stringify(value)

/** `OffsetCommit {"group":…} = v4 {"offset":…}`, `TopicRecord v0 {…}`, `COMMIT {"coordinatorEpoch":0}`. */
function decodedText(decoded: { readonly [name: string]: Cell }): string {
  const { type, key, version, value } = decoded
  const content = value === undefined ? '' : value === null ? 'deleted' : `v${version} ${JSON.stringify(value)}`
  return key === undefined ? `${type} ${content}` : `${type} ${JSON.stringify(key)} = ${content}`
}

/** Rows as text: a heading where a table begins, then a line for each row. */
export class TextTables {
  #table: TableType | null = null

  /** The lines for one more row. */
  lines(row: Row): string[] {
    switch (row.type) {
      case 'record':
        return [recordLine(row)]
      case 'damage':
        return [`  DAMAGED${row.position === null ? '' : ` at byte ${row.position}`}: ${row.problem}`]
      case 'note':
        return [`  ${row.text}`]
      default: {
        const columns: readonly Column[] = TABLES[row.type]
        const heading = this.#table === row.type ? [] : [tableLine(columns, ({ title }) => title)]
        this.#table = row.type
        return [...heading, tableLine(columns, ({ name, show }) => (show ?? text)(row[name] ?? null, row))]
      }
    }
  }

  /** Another file begins. */
  reset(): void {
    this.#table = null
  }
}
