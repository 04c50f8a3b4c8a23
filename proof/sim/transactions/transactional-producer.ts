import { ErrorCode, errorName } from '../../../protocol/errors.ts'
import { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from '../../../protocol/messages/add-offsets-to-txn.ts'
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from '../../../protocol/messages/add-partitions-to-txn.ts'
import { EndTxnRequest, EndTxnResponse } from '../../../protocol/messages/end-txn.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../../protocol/messages/init-producer-id.ts'
import { ProduceRequest, ProduceResponse } from '../../../protocol/messages/produce.ts'
import { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from '../../../protocol/messages/txn-offset-commit.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { CompressionType } from '../../../protocol/records/compression-type.ts'
import type { Environment } from '../../../src/env/index.ts'
import { NoAnswer, passes, SimClient, sleep, unexpected, type Where } from '../client.ts'
import { CoordinatorType, findCoordinator } from '../scenarios/find-coordinator.ts'

/**
 * How the client takes part in transactions: `classic` adds partitions before it writes to them; `implicit` leaves that
 * to the broker and gets a new epoch at each end (transaction version 2, KIP-890). A client says it by the versions
 * that it sends.
 */
export type Protocol = 'classic' | 'implicit'

const VERSIONS = {
  classic: { init: 4, addPartitions: 3, addOffsets: 3, produce: 11, commitOffsets: 3, end: 4 },
  implicit: { init: 5, addPartitions: 3, addOffsets: 3, produce: 12, commitOffsets: 5, end: 5 },
} as const

const CODECS = [...Array(14).fill(CompressionType.NONE), CompressionType.GZIP, CompressionType.LZ4]
const RETRY_MS = 40
/** After that a producer gives up a transaction; Kafka's delivery.timeout.ms. */
const DELIVERY_TIMEOUT_MS = 8000

/** The producer can only abort its transaction, and begin another one. */
export class MustAbort extends Error {}
/** Another producer has its id, or the coordinator has ended its transaction: this one can only be thrown away. */
export class Fenced extends Error {}
/** The offsets are of a generation that is over: the transaction must be aborted, and the group joined again. */
export class NotMember extends MustAbort {}

const FENCED = new Set<number>([
  ErrorCode.INVALID_PRODUCER_EPOCH,
  ErrorCode.PRODUCER_FENCED,
  ErrorCode.INVALID_PRODUCER_ID_MAPPING,
])
const ABORTABLE = new Set<number>([ErrorCode.TRANSACTION_ABORTABLE, ErrorCode.INVALID_TXN_STATE])
const NOT_MEMBER = new Set<number>([
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.FENCED_INSTANCE_ID,
])

export interface KeyedValue {
  readonly key: string
  readonly value: string
}

export interface GroupIdentity {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
}

export interface TransactionalProducerOptions {
  readonly name: string
  readonly address: Where
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  readonly protocol: Protocol
}

/**
 * A transactional producer that sends each request again until it is answered. It does not decide anything: what ends a
 * transaction early is thrown, and whoever uses it aborts, or makes a new producer.
 */
export class TransactionalProducer {
  readonly #environment: Environment
  readonly #options: TransactionalProducerOptions
  readonly #client: SimClient
  readonly #versions: (typeof VERSIONS)[Protocol]
  #producerId = -1n
  #producerEpoch = -1
  /** Next sequence, by topic and partition. */
  #sequences = new Map<string, number>()
  /** The partitions that the coordinator knows to be part of the transaction, by topic. */
  #added = new Set<string>()

  constructor(environment: Environment, options: TransactionalProducerOptions) {
    this.#environment = environment
    this.#options = options
    this.#client = new SimClient(environment, options.name, options.address)
    this.#versions = VERSIONS[options.protocol]
  }

  get producer(): { producerId: bigint; producerEpoch: number } {
    return { producerId: this.#producerId, producerEpoch: this.#producerEpoch }
  }

  /** Fences every producer of this transactional id before this one, or, later on, gets a new epoch for itself. */
  async begin(): Promise<void> {
    const { transactionalId, transactionTimeoutMs } = this.#options
    const body = { transactionalId, transactionTimeoutMs, ...this.producer }
    if (this.#producerId < 0n) await findCoordinator(this.#client, CoordinatorType.TRANSACTION, transactionalId)
    const answer = await this.#untilAnswered('InitProducerId', Number.POSITIVE_INFINITY, async () => {
      const response = await this.#client.request(
        InitProducerIdRequest,
        InitProducerIdResponse,
        this.#versions.init,
        body,
      )
      return { code: response.errorCode, response }
    })
    this.#take(answer.response)
    this.#sequences.clear()
    this.#added.clear()
  }

  /** Writes one batch; its first offset. */
  async send(topic: string, partition: number, values: readonly KeyedValue[]): Promise<number> {
    await this.#addPartition(topic, partition)
    const { random, clock } = this.#environment
    const place = `${topic}-${partition}`
    const baseSequence = this.#sequences.get(place) ?? 0
    this.#sequences.set(place, baseSequence + values.length)
    const compression = CODECS[random.integer(CODECS.length)]
    const records = buildBatch(
      { ...this.producer, baseSequence, compression, isTransactional: true },
      values.map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value), timestamp: clock.nowMs() })),
    )
    const { transactionalId } = this.#options
    const topicData = [{ name: topic, partitionData: [{ index: partition, records }] }]
    const body = { transactionalId, acks: -1, timeoutMs: 2000, topicData }
    const { baseOffset } = await this.#untilAnswered(`Produce to ${place}`, DELIVERY_TIMEOUT_MS, async () => {
      const response = await this.#client.request(ProduceRequest, ProduceResponse, this.#versions.produce, body)
      const [{ errorCode, baseOffset }] = response.responses[0].partitionResponses
      return { code: errorCode, baseOffset }
    })
    return Number(baseOffset)
  }

  /** Makes offsets of a group part of the transaction. */
  async sendOffsets(identity: GroupIdentity, topic: string, offsets: ReadonlyMap<number, number>): Promise<void> {
    await this.#addOffsets(identity.groupId)
    const partitions = [...offsets].map(([partitionIndex, offset]) => ({
      partitionIndex,
      committedOffset: BigInt(offset),
      committedMetadata: null,
    }))
    const { transactionalId } = this.#options
    const { groupId, memberId, generationId: generationIdOrMemberEpoch } = identity
    const member = { groupId, memberId, generationIdOrMemberEpoch }
    const body = { transactionalId, ...member, ...this.producer, topics: [{ name: topic, partitions }] }
    await this.#untilAnswered('TxnOffsetCommit', DELIVERY_TIMEOUT_MS, async () => {
      const version = this.#versions.commitOffsets
      const { topics } = await this.#client.request(TxnOffsetCommitRequest, TxnOffsetCommitResponse, version, body)
      const codes = topics[0].partitions.map(({ errorCode }) => errorCode)
      return { code: codes.find((code) => code !== ErrorCode.NONE) ?? ErrorCode.NONE }
    })
  }

  /**
   * Ends the transaction. `attempted` is called with each request that leaves: until the second one a refusal says that
   * nothing has happened.
   */
  async end(committed: boolean, attempted: () => void): Promise<void> {
    const { transactionalId } = this.#options
    const body = { transactionalId, ...this.producer, committed }
    const { response } = await this.#untilAnswered('EndTxn', Number.POSITIVE_INFINITY, async () => {
      attempted()
      const response = await this.#client.request(EndTxnRequest, EndTxnResponse, this.#versions.end, body)
      return { code: response.errorCode, response }
    })
    this.#added.clear()
    if (this.#options.protocol === 'classic') return
    this.#take(response)
    this.#sequences.clear()
  }

  close(): void {
    this.#client.close()
  }

  #take({ producerId, producerEpoch }: { producerId: bigint; producerEpoch: number }): void {
    this.#producerId = producerId
    this.#producerEpoch = producerEpoch
  }

  async #addPartition(topic: string, partition: number): Promise<void> {
    const place = `${topic}-${partition}`
    if (this.#options.protocol === 'implicit' || this.#added.has(place)) return
    const { producerId, producerEpoch } = this.producer
    const body = {
      v3AndBelowTransactionalId: this.#options.transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
    }
    await this.#untilAnswered(`AddPartitionsToTxn of ${place}`, DELIVERY_TIMEOUT_MS, async () => {
      const version = this.#versions.addPartitions
      const response = await this.#client.request(AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, version, body)
      return { code: response.resultsByTopicV3AndBelow[0].resultsByPartition[0].partitionErrorCode }
    })
    this.#added.add(place)
  }

  async #addOffsets(groupId: string): Promise<void> {
    if (this.#options.protocol === 'implicit' || this.#added.has(groupId)) return
    const body = { transactionalId: this.#options.transactionalId, ...this.producer, groupId }
    await this.#untilAnswered('AddOffsetsToTxn', DELIVERY_TIMEOUT_MS, async () => {
      const version = this.#versions.addOffsets
      const response = await this.#client.request(AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, version, body)
      return { code: response.errorCode }
    })
    this.#added.add(groupId)
  }

  /** Asks until the answer is no error that passes; throws what the others mean. */
  async #untilAnswered<Answer extends { code: number }>(
    what: string,
    patienceMs: number,
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    const { clock, random } = this.#environment
    const startedMs = clock.monotonicMs()
    for (;;) {
      try {
        const answer = await ask()
        if (answer.code === ErrorCode.NONE) return answer
        if (!passes(answer.code)) throw verdict(what, answer.code)
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
      }
      if (clock.monotonicMs() - startedMs > patienceMs) throw new MustAbort(`${what} takes too long`)
      await sleep(this.#environment, RETRY_MS / 2 + random.integer(RETRY_MS))
    }
  }
}

function verdict(what: string, code: number): Error {
  const text = `${what}: ${errorName(code)}`
  if (FENCED.has(code)) return new Fenced(text)
  if (NOT_MEMBER.has(code)) return new NotMember(text)
  return ABORTABLE.has(code) ? new MustAbort(text) : unexpected(what, code)
}
