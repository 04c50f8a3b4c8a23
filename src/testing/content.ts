/** The content of a broker, and waiting for it: records, topics, groups and their lag, without a client. */

import { grouped } from '../../protocol/collections/grouped.ts'
import { ErrorCode, errorName } from '../../protocol/errors.ts'
import { buildBatch } from '../../protocol/records/build.ts'
import { type DecodedBatch, decodeBatches } from '../../protocol/records/decode.ts'
import type { HandlerRegistry } from '../dispatch/registry.ts'
import type { Clock } from '../env/index.ts'
import { InProcessClient } from './in-process.ts'
import {
  check,
  checkFields,
  FUNCTION,
  MILLISECONDS,
  OBJECT,
  oneOf,
  type Wanted,
  type WantedFields,
  wholeFrom,
} from './misuse.ts'

export interface RecordToProduce {
  readonly key?: string | Uint8Array | null
  readonly value?: string | Uint8Array | null
  readonly headers?: Readonly<Record<string, string | Uint8Array | null>>
  /** 0 where nothing is said. */
  readonly partition?: number
  readonly timestampMs?: number
}

export interface ConsumedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestampMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
}

export interface RecordsOptions {
  /** Waits for so many; absent: takes those that are there. */
  readonly count?: number
  readonly where?: (record: ConsumedRecord) => boolean
  /** `committed` (the default) leaves out what was aborted and stops at open transactions. */
  readonly isolation?: 'committed' | 'uncommitted'
  readonly timeoutMs?: number
}

export interface TopicContent {
  readonly name: string
  readonly id: string
  readonly isInternal: boolean
  readonly partitions: readonly {
    readonly partition: number
    readonly startOffset: number
    readonly endOffset: number
  }[]
}

export interface GroupContent {
  readonly groupId: string
  readonly type: string
  readonly state: string
  readonly members: readonly { readonly memberId: string; readonly clientId: string; readonly host: string }[]
}

/** A wait whose time is up: its message says what was there instead. */
export class WaitedInVain extends Error {
  override readonly name = 'WaitedInVain'
}

export interface WaitOptions {
  readonly timeoutMs?: number
}

const DEFAULT_TIMEOUT_MS = 10_000
/** How often a wait looks again. Real time, whatever the clock of the broker does. */
const LOOK_AGAIN_MS = 5
const EARLIEST = -2n
const LATEST = -1n
const MOST_BYTES = 50 * 1024 * 1024

const LIST: Wanted = { words: 'a list of records', holds: Array.isArray }
const BYTES: Wanted = {
  words: 'a text, bytes or null',
  holds: (value) => value === null || typeof value === 'string' || value instanceof Uint8Array,
}
const RECORD: WantedFields = {
  key: BYTES,
  value: BYTES,
  headers: OBJECT,
  partition: wholeFrom(0),
  timestampMs: wholeFrom(-1),
}
const WAIT: WantedFields = { timeoutMs: MILLISECONDS }
const RECORDS: WantedFields = {
  count: wholeFrom(0),
  where: FUNCTION,
  isolation: oneOf('committed', 'uncommitted'),
  ...WAIT,
}

export class Content {
  readonly #handlers: () => HandlerRegistry
  readonly #realClock: Clock
  readonly #lastErrors: () => readonly string[]

  constructor(handlers: () => HandlerRegistry, realClock: Clock, lastErrors: () => readonly string[]) {
    this.#handlers = handlers
    this.#realClock = realClock
    this.#lastErrors = lastErrors
  }

  get #client(): InProcessClient {
    return new InProcessClient(this.#handlers())
  }

  /** Resolves when the records are written, to their partitions and offsets, in their order. */
  async produce(
    topic: string,
    records: readonly (RecordToProduce | string)[],
  ): Promise<{ partition: number; offset: number }[]> {
    check('What is produced', records, LIST)
    const given = records.map((record) => (typeof record === 'string' ? { value: record } : record))
    for (const record of given) checkFields('A record', record, RECORD)
    const partitions = grouped(given, ({ partition = 0 }) => partition)
    const topicId = (await this.#topic(topic)).id
    const partitionData = [...partitions].map(([index, each]) => ({ index, records: batchOf(each, this.#realClock) }))
    const { responses } = await this.#client.call('Produce', {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: topic, topicId, partitionData }],
    })
    const next = new Map<number, number>()
    for (const { index, errorCode, errorMessage, baseOffset } of responses[0]?.partitionResponses ?? []) {
      if (errorCode !== ErrorCode.NONE)
        throw new Error(`${topic}-${index}: ${errorName(errorCode)} ${errorMessage ?? ''}`)
      next.set(index, Number(baseOffset))
    }
    return given.map(({ partition = 0 }) => {
      const offset = next.get(partition) ?? -1
      next.set(partition, offset + 1)
      return { partition, offset }
    })
  }

  /** The records of a topic from its beginning, by partition and offset. A wait that is in vain says what there was. */
  async records(topic: string, options: RecordsOptions = {}): Promise<ConsumedRecord[]> {
    checkFields('What is asked of records', options, RECORDS)
    const { count, where = () => true } = options
    const isolation = options.isolation ?? 'committed'
    let seen: ConsumedRecord[] = []
    const enough = async () => {
      seen = await this.#read(topic, isolation)
      const found = seen.filter(where)
      return count === undefined || found.length >= count ? found.slice(0, count) : null
    }
    return this.#until(enough, options, () => {
      const shown = seen.slice(-5).map(({ partition, offset, value }) => `${partition}:${offset} ${text(value)}`)
      const others = seen.length === 0 ? '' : `; the last are ${shown.join(', ')}`
      return `${count} records of ${topic}: there are ${seen.length}, of which ${seen.filter(where).length} match${others}`
    })
  }

  async topics(): Promise<TopicContent[]> {
    const { topics } = await this.#client.call('Metadata', { topics: null })
    return Promise.all(
      topics.map(async ({ name, topicId, isInternal, partitions }) => ({
        name: name ?? '',
        id: topicId,
        isInternal,
        partitions: await this.#offsets(
          name ?? '',
          partitions.map(({ partitionIndex }) => partitionIndex),
        ),
      })),
    )
  }

  async groups(): Promise<GroupContent[]> {
    const { groups } = await this.#client.call('ListGroups', {})
    return Promise.all(groups.map(({ groupId, groupType }) => this.#group(groupId, groupType)))
  }

  /** Resolves when the group is stable, with so many members if that is said, and nobody is on the way. */
  async groupSettled(
    groupId: string,
    options: WaitOptions & { readonly members?: number } = {},
  ): Promise<GroupContent> {
    checkFields('What is asked of a group', options, { members: wholeFrom(0), ...WAIT })
    const { members } = options
    let last: GroupContent | undefined
    const settled = async () => {
      last = (await this.groups()).find((group) => group.groupId === groupId)
      const isMeant = members === undefined ? last !== undefined : last?.members.length === members
      const state = members === 0 ? 'Empty' : 'Stable'
      return isMeant && last?.state === state ? last : null
    }
    return this.#until(settled, options, () => {
      const wanted = members === undefined ? '' : ` with ${members} members`
      if (last === undefined) return `the group ${groupId}${wanted}: there is no such group`
      const names = last.members.map(({ clientId, memberId }) => `${clientId} (${memberId})`).join(', ')
      return `the group ${groupId}${wanted}: it is ${last.state} and has ${last.members.length} members${names && `: ${names}`}`
    })
  }

  /** Resolves when the group has committed the end of every partition of which it has committed anything. */
  async lagZero(groupId: string, options: WaitOptions = {}): Promise<void> {
    checkFields('What is asked of a group', options, WAIT)
    let lags: string[] = ['nothing is committed']
    const caughtUp = async () => {
      const { groups } = await this.#client.call('OffsetFetch', {
        groups: [{ groupId, memberId: null, memberEpoch: -1, topics: null }],
      })
      const names = new Map((await this.topics()).map(({ id, name }) => [id, name]))
      const topics = groups[0]?.topics ?? []
      lags = topics.length === 0 ? ['nothing is committed'] : []
      for (const topic of topics) {
        const name = topic.name || (names.get(topic.topicId) ?? '')
        const offsets = await this.#offsets(
          name,
          topic.partitions.map(({ partitionIndex }) => partitionIndex),
        )
        const ends = new Map(offsets.map(({ partition, endOffset }) => [partition, endOffset]))
        for (const { partitionIndex, committedOffset } of topic.partitions) {
          const end = ends.get(partitionIndex) ?? 0
          if (Number(committedOffset) < end) lags.push(`${name}-${partitionIndex} is at ${committedOffset} of ${end}`)
        }
      }
      return lags.length === 0 ? true : null
    }
    await this.#until(caughtUp, options, () => `${groupId} to catch up: ${lags.join(', ')}`)
  }

  async #group(groupId: string, type: string): Promise<GroupContent> {
    const { groups } =
      type === 'consumer'
        ? await this.#client.call('ConsumerGroupDescribe', { groupIds: [groupId] })
        : await this.#client.call('DescribeGroups', { groups: [groupId] })
    const { groupState = 'Dead', members = [] } = groups[0] ?? {}
    const shown = members.map(({ memberId, clientId, clientHost }) => ({ memberId, clientId, host: clientHost }))
    return { groupId, type, state: groupState, members: shown }
  }

  async #topic(name: string): Promise<{ id: string; partitions: readonly number[] }> {
    const { topics } = await this.#client.call('Metadata', {
      topics: [{ name, topicId: NO_ID }],
      allowAutoTopicCreation: false,
    })
    const [topic] = topics
    if (topic === undefined || topic.errorCode !== ErrorCode.NONE) {
      const names = (await this.#client.call('Metadata', { topics: null })).topics.map((each) => each.name)
      throw new Error(`There is no topic ${name}. There are: ${names.join(', ') || 'none'}.`)
    }
    return { id: topic.topicId, partitions: topic.partitions.map(({ partitionIndex }) => partitionIndex) }
  }

  async #offsets(topic: string, partitions: readonly number[]) {
    const ask = async (timestamp: bigint) => {
      const wanted = partitions.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp }))
      const { topics } = await this.#client.call('ListOffsets', {
        replicaId: -1,
        topics: [{ name: topic, partitions: wanted }],
      })
      return new Map(topics[0]?.partitions.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]))
    }
    const [start, end] = await Promise.all([ask(EARLIEST), ask(LATEST)])
    return partitions.map((partition) => {
      return { partition, startOffset: start.get(partition) ?? 0, endOffset: end.get(partition) ?? 0 }
    })
  }

  async #read(topic: string, isolation: 'committed' | 'uncommitted'): Promise<ConsumedRecord[]> {
    const { id, partitions } = await this.#topic(topic)
    const offsets = await this.#offsets(topic, partitions)
    const all: ConsumedRecord[] = []
    for (const { partition, startOffset } of offsets) {
      let at = startOffset
      for (;;) {
        const { records, next } = await this.#fetch({ topic, id, partition, at, isolation })
        all.push(...records)
        if (next <= at) break
        at = next
      }
    }
    return all
  }

  async #fetch(from: { topic: string; id: string; partition: number; at: number; isolation: string }) {
    const { topic, id, partition, at, isolation } = from
    const { responses } = await this.#client.call('Fetch', {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: MOST_BYTES,
      isolationLevel: isolation === 'committed' ? 1 : 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [
        {
          topic,
          topicId: id,
          partitions: [{ partition, currentLeaderEpoch: -1, fetchOffset: BigInt(at), partitionMaxBytes: MOST_BYTES }],
        },
      ],
    })
    const answer = responses[0]?.partitions[0]
    if (answer === undefined) return { records: [], next: at }
    if (answer.errorCode !== ErrorCode.NONE) throw new Error(`${topic}-${partition}: ${errorName(answer.errorCode)}`)
    const batches = decodeBatches(answer.records ?? Buffer.alloc(0))
    const aborted = (answer.abortedTransactions ?? []).map(({ producerId, firstOffset }) => ({
      producerId,
      firstOffset,
    }))
    const records = visible(batches, aborted)
      .filter(({ offset }) => Number(offset) >= at)
      .map(({ offset, timestamp, key, value, headers }) => {
        return {
          topic,
          partition,
          offset: Number(offset),
          timestampMs: Number(timestamp),
          key,
          value,
          headers: named(headers),
        }
      })
    const last = batches.at(-1)
    return { records, next: last === undefined ? at : Number(last.lastOffset) + 1 }
  }

  async #until<T>(
    look: () => Promise<T | null>,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions,
    what: () => string,
  ): Promise<T> {
    const deadlineMs = this.#realClock.monotonicMs() + timeoutMs
    for (;;) {
      const found = await look()
      if (found !== null) return found
      if (this.#realClock.monotonicMs() >= deadlineMs) break
      await new Promise<void>((resolve) => this.#realClock.schedule(LOOK_AGAIN_MS, resolve))
    }
    const errors = this.#lastErrors()
    const seen = errors.length === 0 ? '' : ` The last errors that clients were answered: ${errors.join('; ')}.`
    throw new WaitedInVain(`Waited ${timeoutMs} ms in vain for ${what()}.${seen}`)
  }
}

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const CONTROL_ABORT = 0

/** The records that a consumer is given: no control records, and none of transactions that were aborted. */
function visible(batches: readonly DecodedBatch[], aborted: readonly { producerId: bigint; firstOffset: bigint }[]) {
  const open = new Set<bigint>()
  return batches.flatMap((batch) => {
    for (const { producerId, firstOffset } of aborted) {
      if (firstOffset >= batch.baseOffset && firstOffset <= batch.lastOffset) open.add(producerId)
    }
    if (batch.isControl) {
      const type = batch.records[0]?.key?.readInt16BE(2)
      if (type === CONTROL_ABORT) open.delete(batch.producerId)
      return []
    }
    return batch.isTransactional && open.has(batch.producerId) ? [] : batch.records
  })
}

const named = (headers: readonly { key: string | Buffer | null; value: Buffer | null }[]) =>
  headers.map(({ key, value }) => ({ key: String(key ?? ''), value }))

function batchOf(records: readonly RecordToProduce[], clock: Clock): Buffer {
  return buildBatch(
    {},
    records.map(({ key = null, value = null, headers = {}, timestampMs }) => ({
      key: bytesOf(key),
      value: bytesOf(value),
      timestamp: timestampMs ?? clock.nowMs(),
      headers: Object.entries(headers).map(([name, each]) => ({ key: name, value: bytesOf(each) })),
    })),
  )
}

const bytesOf = (value: string | Uint8Array | null): Uint8Array | null =>
  typeof value === 'string' ? Buffer.from(value) : value

function text(value: Buffer | null): string {
  const shown = value === null ? 'null' : value.toString('utf8')
  return shown.length > 40 ? `${shown.slice(0, 40)}…` : shown
}
