import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { offsetRanges, type PartitionOffset } from '../../client/admin/offsets.ts'
import { existingTopics, partitionName, partitionsOf } from '../../client/admin/partitions.ts'
import type { ConsumedRecord } from '../../client/consumer/fetched-records.ts'
import { PartitionReader } from '../../client/consumer/partition-reader.ts'
import type { CommandContext } from '../cluster/context.ts'
import { wholeNumber } from '../definition/values.ts'
import { type Answer, tableAnswer } from '../print/answer.ts'
import { timeText } from '../print/quantity.ts'
import { onlyThese } from './delete.ts'
import { offsetsAt, within } from './offsets-at.ts'
import type { Place } from './place.ts'
import type { Predicate } from './predicate.ts'
import { type Encoding, type Encodings, recordJson, shownBytes } from './shown.ts'

interface ListOptions extends Encodings {
  readonly from?: Place
  readonly count: number
  readonly where?: Predicate
  readonly partition?: readonly number[]
  readonly isolation: 'committed' | 'uncommitted'
}

/** Cells of a table: longer ones are cut. */
const WIDEST_CELL = 80

export async function listRecords({
  client,
  environment,
  words,
  options,
}: CommandContext<ListOptions>): Promise<Answer> {
  const all = partitionsOf(await existingTopics(client, words))
  const partitions = onlyThese(all, options.partition)
  const isolation = options.isolation === 'committed' ? ('read_committed' as const) : ('read_uncommitted' as const)
  const ranges = await offsetRanges(client, partitions, isolation)
  const from = options.from ?? { kind: 'last' as const, count: options.where ? Number.MAX_SAFE_INTEGER : options.count }
  const ends = new Map(ranges.map((range) => [partitionName(range), range]))
  const starts = (await offsetsAt(client, partitions, from, environment.clock.nowMs())).map((start) => {
    const range = ends.get(partitionName(start))
    return range === undefined ? start : { ...start, offset: within(start.offset, range) }
  })
  const isBefore = (each: PartitionOffset) => each.offset < (ends.get(partitionName(each))?.endOffset ?? 0)
  const outOfRange = async ({ offset }: PartitionOffset) => offset
  const reader = new PartitionReader(client, { isolation, outOfRange })
  reader.assign(starts.filter(isBefore))
  let found: ConsumedRecord[] = []
  while (reader.positions.length > 0 && !(options.from !== undefined && found.length >= options.count)) {
    const records = (await reader.poll()).filter((each) => isBefore(each) && options.where?.(each) !== false)
    found = inOrder([...found, ...records])
    // The newest of all are shown, or the first of those from a place on.
    found = options.from === undefined ? found.slice(-options.count) : found.slice(0, options.count)
    reader.assign(reader.positions.filter(isBefore))
  }
  return recordsAnswer(found, options)
}

const inOrder = (records: ConsumedRecord[]): ConsumedRecord[] =>
  records.sort((a, b) => a.timestampMs - b.timestampMs || a.partition - b.partition || a.offset - b.offset)

function recordsAnswer(records: readonly ConsumedRecord[], encodings: Encodings): Answer {
  const cell = (bytes: Buffer | null, encoding: Encoding) => {
    if (bytes === null) return null
    const text = shownBytes(bytes, encoding === 'json' ? 'text' : encoding, true).toString()
    return text.length <= WIDEST_CELL ? text : `${text.slice(0, WIDEST_CELL - 1)}…`
  }
  const columns = [
    { title: 'PARTITION', of: ({ partition }: ConsumedRecord) => partition },
    { title: 'OFFSET', of: ({ offset }: ConsumedRecord) => offset },
    {
      title: 'TIME',
      of: ({ timestampMs }: ConsumedRecord) => timeText(timestampMs),
      tone: () => 'quiet' as const,
    },
    { title: 'KEY', of: ({ key }: ConsumedRecord) => cell(key, encodings.key), tone: () => 'name' as const },
    { title: 'VALUE', of: ({ value }: ConsumedRecord) => cell(value, encodings.value) },
  ]
  const json = records.map((record) => recordJson(record, encodings))
  return tableAnswer({ columns, rows: records, empty: 'There are no such records.' }, json)
}

export async function showRecord({ client, words, options }: CommandContext<Encodings>): Promise<Answer> {
  const [topic = '', ...numbers] = words
  const [partition = 0, offset = 0] = numbers.map(wholeNumber)
  const at = { topic, partition, offset }
  const refuse = async (): Promise<number> => {
    throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, `${partitionName(at)} has no record at ${offset}`)
  }
  const [range] = await offsetRanges(client, [at])
  if (range === undefined || offset < range.startOffset || offset >= range.endOffset) await refuse()
  const reader = new PartitionReader(client, { isolation: 'read_uncommitted', outOfRange: refuse })
  reader.assign([at])
  let record: ConsumedRecord | undefined
  while (record === undefined && (reader.positions[0]?.offset ?? 0) <= offset) [record] = await reader.poll()
  if (record?.offset !== offset) await refuse()
  return record === undefined ? { sections: [], json: [] } : recordAnswer(record, options)
}

function recordAnswer(record: ConsumedRecord, encodings: Encodings): Answer {
  const { topic, partition, offset, timestampMs, timestampType, leaderEpoch, key, value, headers } = record
  const text = (bytes: Buffer | null, encoding: Encoding) =>
    bytes === null ? 'null' : shownBytes(bytes, encoding, true).toString()
  return {
    sections: [
      {
        heading: `${topic}-${partition} at ${offset}`,
        facts: [
          ['time', `${timeText(timestampMs)} (${timestampType})`],
          ['leader epoch', leaderEpoch],
          ['key', text(key, encodings.key)],
          ...headers.map((header) => [`header ${header.key}`, text(header.value, 'text')] as const),
          ['value', value === null ? 'null' : `${value.length} bytes`],
        ],
      },
      { lines: text(value, encodings.value).split('\n') },
    ],
    json: [{ ...recordJson(record, encodings), timestampType, leaderEpoch }],
  }
}

export async function showOffsets(context: CommandContext<{ readonly at?: Place }>): Promise<Answer> {
  const { client, environment, words, options } = context
  const partitions = partitionsOf(await existingTopics(client, words))
  const ranges = await offsetRanges(client, partitions)
  const found = options.at && (await offsetsAt(client, partitions, options.at, environment.clock.nowMs()))
  const rows = ranges.map((range, index) => ({ ...range, ...(found && { offset: found[index]?.offset ?? null }) }))
  return tableAnswer({
    columns: [
      { title: 'TOPIC', of: ({ topic }) => topic, tone: () => 'name' },
      { title: 'PARTITION', of: ({ partition }) => partition },
      { title: 'START', of: ({ startOffset }) => startOffset },
      { title: 'END', of: ({ endOffset }) => endOffset },
      ...(found ? [{ title: 'OFFSET', of: ({ offset }: (typeof rows)[number]) => offset ?? null }] : []),
    ],
    rows,
  })
}
