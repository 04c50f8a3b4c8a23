/**
 * Where a request names topics and partitions, and where its response answers for each of them: by this a rule finds what
 * it is for, takes that out of the request, and puts its error into the answer.
 */
import type { Decoded, Encodable, MessageSchema } from '../../../protocol/schema.ts'
import { ZERO_UUID } from '../../../protocol/schema.ts'

type Fields = Record<string, unknown>

interface Places {
  /** The field with the topics, in the request and in the response. */
  readonly request: string
  readonly response: string
  /** The name of a topic; `name` where it is absent. */
  readonly name?: string
  /** The partitions of a topic; absent: the API answers for whole topics. */
  readonly partitions?: {
    readonly request: string
    readonly index: string | null
    readonly response: string
    readonly answer: string
  }
  /** The fields of an answer that is an error, beside the code and the number of the partition. */
  readonly failed?: Fields
  readonly error?: string
}

const NO_BYTES = Buffer.alloc(0)
const plain = (index: string | null, failed: Fields = {}): Places => ({
  request: 'topics',
  response: 'topics',
  partitions: { request: 'partitions', index, response: 'partitions', answer: 'partitionIndex' },
  failed,
})

const PLACES: Readonly<Record<string, Places>> = {
  Produce: {
    request: 'topicData',
    response: 'responses',
    partitions: { request: 'partitionData', index: 'index', response: 'partitionResponses', answer: 'index' },
    failed: { baseOffset: -1n, logAppendTimeMs: -1n, logStartOffset: -1n },
  },
  Fetch: {
    request: 'topics',
    response: 'responses',
    name: 'topic',
    partitions: { request: 'partitions', index: 'partition', response: 'partitions', answer: 'partitionIndex' },
    failed: { highWatermark: -1n, lastStableOffset: -1n, logStartOffset: -1n, records: NO_BYTES },
  },
  ListOffsets: plain('partitionIndex', { timestamp: -1n, offset: -1n, leaderEpoch: -1 }),
  OffsetCommit: plain('partitionIndex'),
  TxnOffsetCommit: plain('partitionIndex'),
  DeleteRecords: plain('partitionIndex', { lowWatermark: -1n }),
  OffsetForLeaderEpoch: {
    ...plain('partition', { leaderEpoch: -1, endOffset: -1n }),
    name: 'topic',
    partitions: { request: 'partitions', index: 'partition', response: 'partitions', answer: 'partition' },
  },
  Metadata: { request: 'topics', response: 'topics' },
  CreateTopics: { request: 'topics', response: 'topics' },
  CreatePartitions: { request: 'topics', response: 'results' },
  DeleteTopics: { request: 'topics', response: 'responses' },
}

export type Wanted = (topic: string, partition: number | null) => boolean

export class RequestItems {
  readonly #places: Places

  private constructor(places: Places) {
    this.#places = places
  }

  /** null: requests of this API name no topics that a rule could choose from. */
  static of(api: string): RequestItems | null {
    const places = PLACES[api]
    return places === undefined ? null : new RequestItems(places)
  }

  get hasPartitions(): boolean {
    return this.#places.partitions !== undefined
  }

  /** The parts of a request that are wanted, and all others; either is null where there is nothing in it. */
  split(
    request: Decoded<MessageSchema>,
    wanted: Wanted,
    nameOf: (topicId: string) => string | null,
  ): { chosen: Decoded<MessageSchema> | null; rest: Decoded<MessageSchema> | null } {
    const { request: field, partitions } = this.#places
    const chosen: Fields[] = []
    const rest: Fields[] = []
    for (const topic of listOf(request, field)) {
      const name = this.nameOf(topic, nameOf)
      if (partitions === undefined) {
        ;(name !== null && wanted(name, null) ? chosen : rest).push(topic)
        continue
      }
      const all = listOf(topic, partitions.request)
      const indexOf = (each: Fields) => Number(partitions.index === null ? each : each[partitions.index])
      const isWanted = (each: Fields) => name !== null && wanted(name, indexOf(each))
      const taken = all.filter(isWanted)
      if (taken.length > 0) chosen.push({ ...topic, [partitions.request]: taken })
      if (taken.length < all.length)
        rest.push({ ...topic, [partitions.request]: all.filter((each) => !isWanted(each)) })
    }
    const part = (topics: Fields[]) =>
      topics.length === 0 ? null : ({ ...request, [field]: topics } as typeof request)
    return { chosen: part(chosen), rest: part(rest) }
  }

  /** Puts an error for all that `chosen` names into a response, in the place of what is there for it. */
  withErrors(
    response: Encodable<MessageSchema>,
    chosen: Decoded<MessageSchema>,
    errorCode: number,
    message: string | null,
  ): Encodable<MessageSchema> {
    const { request, response: field, partitions, failed, name = 'name' } = this.#places
    const topics = listOf(response, field).map((topic) => ({ ...topic }))
    for (const topic of listOf(chosen, request)) {
      const same = topics.find((other) => sameTopic(topic, other, name))
      const entry = same ?? { [name]: topic[name], topicId: topic.topicId ?? ZERO_UUID }
      if (same === undefined) topics.push(entry)
      if (partitions === undefined) {
        Object.assign(entry, { errorCode, errorMessage: message })
        continue
      }
      const errors = listOf(topic, partitions.request).map((each) => ({
        ...failed,
        [partitions.answer]: partitions.index === null ? each : each[partitions.index],
        errorCode,
        ...(partitions.response === 'partitionResponses' ? { errorMessage: message } : {}),
      }))
      const replaced = new Set(errors.map((each) => each[partitions.answer as keyof typeof each]))
      const others = listOf(entry, partitions.response).filter(
        (each) => !replaced.has(each[partitions.answer] as never),
      )
      entry[partitions.response] = [...others, ...errors]
    }
    return { ...response, [field]: topics }
  }

  /** Topics and partitions that a request names. */
  *named(
    request: Decoded<MessageSchema>,
    nameOf: (topicId: string) => string | null,
  ): Iterable<{ topic: string; partition: number | null }> {
    const { request: field, partitions } = this.#places
    for (const topic of listOf(request, field)) {
      const name = this.nameOf(topic, nameOf)
      if (name === null) continue
      if (partitions === undefined) yield { topic: name, partition: null }
      else {
        for (const each of listOf(topic, partitions.request)) {
          yield { topic: name, partition: Number(partitions.index === null ? each : each[partitions.index]) }
        }
      }
    }
  }

  nameOf(topic: Fields, nameOf: (topicId: string) => string | null): string | null {
    const name = topic[this.#places.name ?? 'name']
    if (typeof name === 'string' && name !== '') return name
    const { topicId } = topic
    return typeof topicId === 'string' && topicId !== ZERO_UUID ? nameOf(topicId) : null
  }
}

function sameTopic(topic: Fields, other: Fields, name: string): boolean {
  const { topicId } = topic
  if (typeof topicId === 'string' && topicId !== ZERO_UUID) return other.topicId === topicId
  return other[name] === topic[name]
}

function listOf(value: object, field: string): Fields[] {
  return ((value as Fields)[field] as Fields[] | null | undefined) ?? []
}
