/**
 * Writes records: gathers them into batches, has one request under way to each leader, and sends a batch again, under the
 * sequence that it had, until it is acknowledged or refused. With idempotence (KIP-98) nothing is written twice by that, and
 * batches of a partition keep their order in either case: a partition's next batch waits for the one before it.
 *
 * A producer that has seen an error is done for: what was sent before is settled, and nothing behind it is sent.
 */
import { ErrorCode, errorMessage, isRetriable, KafkaError } from '../../../protocol/errors.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../../protocol/messages/init-producer-id.ts'
import { ProduceRequest, ProduceResponse } from '../../../protocol/messages/produce.ts'
import { incrementSequence } from '../../../protocol/records/batch.ts'
import { BatchBuilder, type RecordToWrite } from '../../../protocol/records/build.ts'
import type { CompressionType } from '../../../protocol/records/compression-type.ts'
import { byLeader, byTopic, partitionName, type TopicPartition } from '../admin/partitions.ts'
import type { ClusterClient } from '../cluster-client.ts'

export interface ProducerOptions {
  readonly acks: -1 | 0 | 1
  readonly isIdempotent: boolean
  readonly compression: CompressionType
  readonly batchBytes: number
  readonly timeoutMs: number
}

interface ProducerIdentity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

interface Batch extends TopicPartition {
  readonly bytes: Buffer
  readonly count: number
}

/** Produce names topics up to this version, and gives their ids from then on. */
const NAMES = { maxVersion: 12 }
/** So many records and bytes wait at most before the caller has to. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024
const RECORD_OVERHEAD_BYTES = 32
const ANONYMOUS: ProducerIdentity = { producerId: -1n, producerEpoch: -1 }

export class Producer {
  readonly #client: ClusterClient
  readonly #options: ProducerOptions
  #identity: ProducerIdentity = ANONYMOUS
  readonly #builders = new Map<string, { partition: TopicPartition; builder: BatchBuilder }>()
  /** The next sequence of each partition. */
  readonly #sequences = new Map<string, number>()
  #ready: Batch[] = []
  #readyBytes = 0
  #sending: Promise<void> | null = null
  #failure: unknown = null
  /** Records that are acknowledged. */
  acknowledged = 0

  private constructor(client: ClusterClient, options: ProducerOptions) {
    this.#client = client
    this.#options = options
  }

  static async open(client: ClusterClient, options: ProducerOptions): Promise<Producer> {
    const producer = new Producer(client, options)
    if (options.isIdempotent) producer.#identity = await newIdentity(client)
    return producer
  }

  /** Resolves when there is room for more. Rejects with what a batch before it failed by. */
  async send(to: TopicPartition, record: RecordToWrite): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    const name = partitionName(to)
    let open = this.#builders.get(name)
    if (open !== undefined && open.builder.sizeInBytes + sizeOf(record) > this.#options.batchBytes) {
      this.#close(name)
      open = undefined
    }
    if (open === undefined) {
      open = { partition: to, builder: this.#newBuilder(name) }
      this.#builders.set(name, open)
    }
    open.builder.append(record)
    if (this.#readyBytes === 0) return
    this.#sending ??= this.#sendAll()
    if (this.#readyBytes > MAX_WAITING_BYTES) await this.#sending
  }

  /** Resolves when everything is acknowledged. */
  async flush(): Promise<void> {
    for (const name of [...this.#builders.keys()]) this.#close(name)
    while (this.#failure === null && (this.#ready.length > 0 || this.#sending !== null)) {
      this.#sending ??= this.#sendAll()
      await this.#sending
    }
    if (this.#failure !== null) throw this.#failure
  }

  #newBuilder(name: string): BatchBuilder {
    const { compression, isIdempotent } = this.#options
    const baseSequence = isIdempotent ? (this.#sequences.get(name) ?? 0) : -1
    return new BatchBuilder({ compression, ...this.#identity, baseSequence })
  }

  #close(name: string): void {
    const open = this.#builders.get(name)
    if (open === undefined) return
    this.#builders.delete(name)
    const { builder, partition } = open
    if (this.#options.isIdempotent)
      this.#sequences.set(name, incrementSequence(this.#sequences.get(name) ?? 0, builder.count))
    const bytes = builder.build()
    this.#ready.push({ ...partition, bytes, count: builder.count })
    this.#readyBytes += bytes.length
  }

  /** One batch of each partition at a time, until none is ready. */
  async #sendAll(): Promise<void> {
    try {
      while (this.#ready.length > 0) {
        const round = firstOfEach(this.#ready)
        const chosen = new Set(round)
        this.#ready = this.#ready.filter((each) => !chosen.has(each))
        this.#readyBytes = this.#ready.reduce((sum, { bytes }) => sum + bytes.length, 0)
        await this.#deliver(round)
      }
    } catch (error) {
      this.#failure = error
    } finally {
      this.#sending = null
    }
    if (this.#failure !== null) throw this.#failure
  }

  async #deliver(batches: readonly Batch[]): Promise<void> {
    let waiting = batches
    await this.#client.retrying(async () => {
      const groups = [...(await byLeader(this.#client, waiting))]
      const outcomes = await Promise.allSettled(groups.map(([nodeId, each]) => this.#sendTo(nodeId, each)))
      const done = new Set(outcomes.flatMap((each) => (each.status === 'fulfilled' ? each.value.written : [])))
      for (const { count } of done) this.acknowledged += count
      waiting = waiting.filter((each) => !done.has(each))
      for (const each of outcomes) {
        if (each.status === 'rejected') throw each.reason
        if (each.value.passing !== null) throw each.value.passing
      }
    })
  }

  /** Throws what sending again does not mend; `passing` is an error that it may. */
  async #sendTo(nodeId: number, batches: readonly Batch[]) {
    const { acks, timeoutMs } = this.#options
    const body = {
      acks,
      timeoutMs,
      topicData: byTopic(batches).map(({ name, partitions }) => ({
        name,
        partitionData: partitions.map(({ partition, bytes }) => ({ index: partition, records: bytes })),
      })),
    }
    if (acks === 0) {
      await this.#client.tell(nodeId, ProduceRequest, body, NAMES)
      return { written: [...batches], passing: null }
    }
    const to = { to: 'broker', nodeId } as const
    const answer = await this.#client.request(to, ProduceRequest, ProduceResponse, body, undefined, NAMES)
    const written: Batch[] = []
    let passing: KafkaError | null = null
    for (const { name: topic, partitionResponses } of answer.responses) {
      for (const { index: partition, errorCode, errorMessage: words } of partitionResponses) {
        const batch = batches.find((each) => each.topic === topic && each.partition === partition)
        if (batch === undefined) continue
        if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) written.push(batch)
        else {
          const error = new KafkaError(errorCode, `${partitionName(batch)}: ${words ?? errorMessage(errorCode)}`)
          if (!isRetriable(errorCode)) throw error
          passing = error
        }
      }
    }
    return { written, passing }
  }
}

async function newIdentity(client: ClusterClient): Promise<ProducerIdentity> {
  const { errorCode, producerId, producerEpoch } = await client.request(
    { to: 'any' },
    InitProducerIdRequest,
    InitProducerIdResponse,
    { transactionalId: null, transactionTimeoutMs: 0 },
    (answer) => answer.errorCode,
  )
  if (errorCode !== ErrorCode.NONE) throw new KafkaError(errorCode, `No producer id: ${errorMessage(errorCode)}`)
  return { producerId, producerEpoch }
}

function firstOfEach(batches: readonly Batch[]): Batch[] {
  const first = new Map<string, Batch>()
  for (const batch of batches) {
    const name = partitionName(batch)
    if (!first.has(name)) first.set(name, batch)
  }
  return [...first.values()]
}

const sizeOf = ({ key, value, headers = [] }: RecordToWrite): number =>
  RECORD_OVERHEAD_BYTES +
  (key?.length ?? 0) +
  (value?.length ?? 0) +
  headers.reduce((sum, header) => sum + header.key.length + (header.value?.length ?? 0) + RECORD_OVERHEAD_BYTES, 0)
