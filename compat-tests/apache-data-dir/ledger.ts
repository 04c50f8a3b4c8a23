/** Compares what clients read with what they were told: every difference in words. */
import { readFile } from 'node:fs/promises'
import { unchecked } from '../../protocol/unchecked.ts'

type Fields = Readonly<Record<string, unknown>>

/** A line that `Workload.java` or `ReadBack.java` wrote. */
interface Line extends Fields {
  event: string
  topic: string
  partition: number
}

export async function readLines(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

interface Sent {
  id: string
  topic: string
  partition: number
  key: string | null
  value: string | null
  transaction: number | null
  /** null: never acknowledged. */
  offset: number | null
  timestamp: number | null
}

type Outcome = 'committed' | 'aborted' | 'unknown'

/** The values that may be there: one when it was acknowledged, more after an attempt of which nothing was heard. */
type Possible = Map<string, Set<string | null>>

/** The ledger of all rounds so far. */
export interface Told {
  topics: Map<string, Fields>
  sent: Map<string, Sent>
  outcomes: Map<number, Outcome>
  offsets: Possible
  configs: Possible
  /** The log start by acknowledged DeleteRecords, and what an unanswered one may have made of it. */
  starts: Map<string, { atLeast: number; atMost: number }>
}

const place = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}-${partition}`
const offsetText = (line: Fields): string => JSON.stringify([line.offset, line.metadata])
const offsetKey = (line: Line): string => `${line.group} ${place(line)}`

/** `forgetsDeletes` names rounds whose broker was killed before it wrote down what DeleteRecords had been told. */
export function told(lines: readonly Line[], forgetsDeletes: (round: number) => boolean): Told {
  const all: Told = {
    topics: new Map(),
    sent: new Map(),
    outcomes: new Map(),
    offsets: new Map(),
    configs: new Map(),
    starts: new Map(),
  }
  const pending = new Map<number, [key: string, value: string][]>()
  for (const line of lines) {
    const isForgotten = line.event === 'deleted' && forgetsDeletes(line.round as number)
    if (!isForgotten) take(all, pending, line)
  }
  return all
}

function take(all: Told, pending: Map<number, [key: string, value: string][]>, line: Line): void {
  const may = (possible: Possible, key: string, value: string | null) =>
    possible.set(key, (possible.get(key) ?? new Set([null])).add(value))
  const must = (possible: Possible, key: string, value: string | null) => possible.set(key, new Set([value]))
  const transaction = line.transaction as number
  switch (line.event) {
    case 'topic':
      all.topics.set(line.topic, line)
      for (const [name, value] of Object.entries(line.configs as Fields))
        must(all.configs, `${line.topic} ${name}`, String(value))
      return
    case 'send': {
      const sent = unchecked<Sent>({ ...line, offset: null, timestamp: null })
      all.sent.set(sent.id, sent)
      if (sent.transaction !== null && !all.outcomes.has(sent.transaction))
        all.outcomes.set(sent.transaction, 'aborted')
      return
    }
    case 'ack':
      Object.assign(all.sent.get(line.id as string)!, { offset: line.offset, timestamp: line.timestamp })
      return
    case 'ending':
      if (!line.commit) return
      all.outcomes.set(transaction, 'unknown')
      for (const [key, value] of pending.get(transaction) ?? []) may(all.offsets, key, value)
      return
    case 'ended':
      if (!line.commit) return
      all.outcomes.set(transaction, 'committed')
      for (const [key, value] of pending.get(transaction) ?? []) must(all.offsets, key, value)
      return
    case 'offset':
      if (transaction === null) may(all.offsets, offsetKey(line), offsetText(line))
      else pending.set(transaction, [...(pending.get(transaction) ?? []), [offsetKey(line), offsetText(line)]])
      return
    case 'committed':
      must(all.offsets, offsetKey(line), offsetText(line))
      return
    case 'config':
    case 'configured': {
      const record = line.event === 'config' ? may : must
      record(all.configs, `${line.topic} ${line.name}`, line.value as string | null)
      return
    }
    case 'deleting':
    case 'deleted': {
      const start = all.starts.get(place(line)) ?? { atLeast: 0, atMost: 0 }
      if (line.event === 'deleted') start.atLeast = line.start as number
      start.atMost = Math.max(start.atMost, (line.before ?? line.start) as number)
      all.starts.set(place(line), start)
      return
    }
    default:
      throw new Error(`the ledger has an event ${line.event}`)
  }
}

interface Read {
  topic: string
  partition: number
  offset: number
  timestamp: number
  key: string | null
  value: string | null
}

interface ReadPartition {
  start: number
  end: number
  records: Map<number, Read>
}

/** The data as `ReadBack.java` saw them. */
export interface Seen {
  topics: Map<string, Fields>
  /** By isolation level, then by partition. */
  partitions: Record<'read_uncommitted' | 'read_committed', Map<string, ReadPartition>>
  offsets: Map<string, string>
}

export function seen(lines: readonly Line[]): Seen {
  const all: Seen = {
    topics: new Map(),
    partitions: { read_uncommitted: new Map(), read_committed: new Map() },
    offsets: new Map(),
  }
  for (const line of lines) {
    const { event, isolation, ...fields } = line
    const partitions = all.partitions[isolation as keyof Seen['partitions']]
    if (event === 'topic') all.topics.set(line.topic, fields)
    else if (event === 'partition') {
      partitions.set(place(line), { start: line.start as number, end: line.end as number, records: new Map() })
    } else if (event === 'record') {
      const { records } = partitions.get(place(line))!
      records.set(line.offset as number, unchecked<Read>(fields))
    } else all.offsets.set(offsetKey(line), offsetText(line))
  }
  return all
}

/** Internal topics hold what others wrote, and `fleeting` comes and goes: that they can be read is all that counts. */
const isOfLedger = (name: string): boolean => !name.startsWith('__') && !name.startsWith('fleeting')

/** Everything in which what was seen is not what was told. */
export function differences(expected: Told, actual: Seen): string[] {
  const found: string[] = []
  for (const topic of expected.topics.keys()) if (!actual.topics.has(topic)) found.push(`the topic ${topic} is gone`)
  compareConfigs(expected, actual, found)
  compareOffsets(expected, actual, found)
  for (const [name, uncommitted] of actual.partitions.read_uncommitted) {
    if (!isOfLedger(name)) continue
    const committed = actual.partitions.read_committed.get(name)!
    if (committed.end !== uncommitted.end) found.push(`${name}: a transaction is open from offset ${committed.end} on`)
    for (const { start } of [uncommitted, committed]) compareStart(expected, name, start, found)
    compareRecords(expected, name, uncommitted, committed, found)
  }
  return found
}

/** Names each record that was seen before, is still there, and has changed in any field. */
export function changes(before: Seen, after: Seen): string[] {
  const found: string[] = []
  for (const [topic, { id }] of before.topics) {
    if (!isOfLedger(topic)) continue
    if (after.topics.get(topic)?.id !== id) found.push(`${topic} has another topic id`)
  }
  for (const [name, { records }] of before.partitions.read_uncommitted) {
    if (!isOfLedger(name)) continue
    const now = after.partitions.read_uncommitted.get(name)
    for (const [offset, record] of records) {
      const other = now?.records.get(offset)
      if (other === undefined || JSON.stringify(other) === JSON.stringify(record)) continue
      found.push(`${name}: offset ${offset} was ${JSON.stringify(record)} and is ${JSON.stringify(other)}`)
    }
  }
  return found
}

function compareConfigs(expected: Told, actual: Seen, found: string[]): void {
  const read = new Map<string, string>()
  for (const [topic, { configs }] of actual.topics) {
    if (!isOfLedger(topic)) continue
    for (const [name, value] of Object.entries(configs as Fields)) read.set(`${topic} ${name}`, String(value))
  }
  comparePossible('config', expected.configs, read, found)
}

function compareOffsets(expected: Told, actual: Seen, found: string[]): void {
  comparePossible('committed offset', expected.offsets, actual.offsets, found)
}

function comparePossible(what: string, possible: Possible, read: ReadonlyMap<string, string>, found: string[]): void {
  for (const [key, values] of possible) {
    const value = read.get(key) ?? null
    if (!values.has(value)) found.push(`${what} ${key} is ${value} and should be ${[...values].join(' or ')}`)
  }
  for (const key of read.keys()) if (!possible.has(key)) found.push(`${what} ${key} was never set`)
}

function compareStart(expected: Told, name: string, start: number, found: string[]): void {
  const { atLeast, atMost } = expected.starts.get(name) ?? { atLeast: 0, atMost: 0 }
  // Retention may have moved it as well.
  const limit = name.startsWith('retained-') ? Number.POSITIVE_INFINITY : atMost
  if (start < atLeast || start > limit) found.push(`${name} starts at ${start}, not between ${atLeast} and ${limit}`)
}

function compareRecords(
  expected: Told,
  name: string,
  uncommitted: ReadPartition,
  committed: ReadPartition,
  found: string[],
): void {
  const sent = [...expected.sent.values()].filter((one) => place(one) === name)
  const outcome = ({ transaction }: Sent): Outcome =>
    transaction === null ? 'committed' : expected.outcomes.get(transaction)!
  const readIds = new Map<string, Read>()
  for (const read of uncommitted.records.values()) {
    const origin = originOf(read, sent)
    if (origin === undefined) found.push(`${name}: nobody sent ${describe(read)}`)
    else if (readIds.has(origin.id)) found.push(`${name}: ${describe(read)} is there twice`)
    else {
      readIds.set(origin.id, read)
      if (origin.offset !== null && (origin.offset !== read.offset || origin.timestamp !== read.timestamp)) {
        found.push(`${name}: ${describe(read)} was acknowledged at ${origin.offset} with timestamp ${origin.timestamp}`)
      }
    }
  }
  for (const one of sent)
    compareOne(one, outcome(one), readIds.get(one.id), { name, uncommitted, committed, found, sent, outcome })
}

interface Surroundings {
  name: string
  uncommitted: ReadPartition
  committed: ReadPartition
  found: string[]
  sent: readonly Sent[]
  outcome(one: Sent): Outcome
}

function compareOne(one: Sent, outcome: Outcome, read: Read | undefined, around: Surroundings): void {
  const { name, uncommitted, committed, found } = around
  if (read === undefined) {
    if (one.offset === null || one.offset < uncommitted.start) return
    if (isCompacted(name) && mayBeCompacted(one, outcome, around)) return
    found.push(`${name}: ${one.id}, acknowledged at offset ${one.offset}, is gone`)
    return
  }
  const isVisible = committed.records.has(read.offset)
  // Retention goes on between the two readings; how far it may go is judged by the start of each.
  if (outcome === 'committed' && !isVisible && read.offset >= committed.start)
    found.push(`${name}: ${describe(read)} was committed, and is not read so`)
  if (outcome === 'aborted' && isVisible) found.push(`${name}: ${describe(read)} was aborted, and is read as committed`)
}

const isCompacted = (name: string): boolean => name.startsWith('compacted-') || name.startsWith('both-')

/** Aborted records, tombstones, and those with a later record of the same key. */
function mayBeCompacted(one: Sent, outcome: Outcome, { sent, outcome: of }: Surroundings): boolean {
  if (outcome !== 'committed' || one.value === null) return true
  return sent.some(
    (other) => other.key === one.key && other.offset !== null && other.offset > one.offset! && of(other) !== 'aborted',
  )
}

/** By the id at the beginning of the value; a tombstone by its offset, or by its key where it was not acknowledged. */
function originOf(read: Read, sent: readonly Sent[]): Sent | undefined {
  if (read.value !== null) {
    const id = read.value.split('|', 1)[0]
    return sent.find((one) => one.id === id && one.key === read.key && one.value === read.value)
  }
  const tombstones = sent.filter((one) => one.value === null && one.key === read.key)
  return tombstones.find(({ offset }) => offset === read.offset) ?? tombstones.find(({ offset }) => offset === null)
}

const describe = ({ offset, key, value }: Read): string =>
  `offset ${offset} (key ${key}, value ${value === null ? null : value.slice(0, 30)})`
