import { ErrorCode } from '../../../protocol/errors.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../../protocol/messages/init-producer-id.ts'
import { ProduceRequest, ProduceResponse } from '../../../protocol/messages/produce.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { CompressionType } from '../../../protocol/records/compression-type.ts'
import type { Environment } from '../../../src/env/index.ts'
import { passes, SimClient, sleep, unexpected, untilAnswered } from '../client.ts'
import type { History } from './history.ts'

const PRODUCE_VERSION = 12
const INIT_PRODUCER_ID_VERSION = 5
const LARGE_BYTES = 1100
const CODECS = [CompressionType.NONE, CompressionType.NONE, CompressionType.GZIP, CompressionType.LZ4]

export interface ProducerOptions {
  /** Unique in the world and over restarts: it names the records. */
  name: string
  address: { host: string; port: number }
  topic: string
  partitions: number
  history: History
  /** Asked before each round; the producer ends after the first no. */
  goesOn: () => boolean
}

/** One batch of a partition, sent again with the same sequence until it is answered. */
interface Batch {
  partition: number
  values: string[]
  baseSequence: number
  records: Buffer
}

/**
 * An idempotent producer with acks=all and one request in flight: it sends a batch to some partitions, and each again
 * until the broker has acknowledged it. So every record it names must be there once, in order, whatever happened.
 */
export async function produce(environment: Environment, options: ProducerOptions): Promise<void> {
  const client = new SimClient(environment, options.name, options.address)
  const producer = new Producer(environment, client, options)
  await producer.begin()
  while (options.goesOn()) {
    await producer.round()
    await sleep(environment, environment.random.integer(300))
  }
  client.close()
}

class Producer {
  readonly #environment: Environment
  readonly #client: SimClient
  readonly #options: ProducerOptions
  readonly #written: number[]
  #producerId = -1n
  #producerEpoch = -1

  constructor(environment: Environment, client: SimClient, options: ProducerOptions) {
    this.#environment = environment
    this.#client = client
    this.#options = options
    this.#written = new Array(options.partitions).fill(0)
  }

  async begin(): Promise<void> {
    const answer = await untilAnswered(this.#environment, async () => {
      const body = { transactionalId: null, transactionTimeoutMs: 60_000 }
      const version = INIT_PRODUCER_ID_VERSION
      const response = await this.#client.request(InitProducerIdRequest, InitProducerIdResponse, version, body)
      if (response.errorCode === ErrorCode.NONE) return response
      if (!passes(response.errorCode)) throw unexpected('InitProducerId', response.errorCode)
      return undefined
    })
    this.#producerId = answer.producerId
    this.#producerEpoch = answer.producerEpoch
    this.#options.history.producerId(answer.producerId, this.#options.name)
  }

  async round(): Promise<void> {
    const { random } = this.#environment
    let batches: Batch[] = []
    for (let partition = 0; partition < this.#options.partitions; partition++) {
      if (random.integer(2) === 0) batches.push(this.#makeBatch(partition, 1 + random.integer(4)))
    }
    while (batches.length > 0) {
      const sent = batches
      batches = await untilAnswered(this.#environment, () => this.#send(sent))
      if (batches.length > 0) await sleep(this.#environment, 100)
    }
  }

  #makeBatch(partition: number, count: number): Batch {
    const { clock, random } = this.#environment
    const baseSequence = this.#written[partition]
    const values = Array.from({ length: count }, (_, i) => `${this.#options.name}:${baseSequence + i}`)
    this.#written[partition] += count
    // Large enough, now and then, that the broker hands it on without a copy.
    const padding = random.integer(6) === 0 ? random.bytes(LARGE_BYTES) : null
    const records = buildBatch(
      {
        producerId: this.#producerId,
        producerEpoch: this.#producerEpoch,
        baseSequence,
        compression: CODECS[random.integer(CODECS.length)],
      },
      values.map((value, i) => ({
        key: i === 0 ? padding : null,
        value: Buffer.from(value),
        timestamp: clock.nowMs(),
      })),
    )
    return { partition, values, baseSequence, records }
  }

  /** The batches that must be sent again. */
  async #send(batches: readonly Batch[]): Promise<Batch[]> {
    const { topic, history, name } = this.#options
    // The broker may change the records in place, as they are views on what it received, not on ours: the wire copies.
    const partitionData = batches.map(({ partition, records }) => ({ index: partition, records }))
    const body = { acks: -1, timeoutMs: 2000, topicData: [{ name: topic, partitionData }] }
    const response = await this.#client.request(ProduceRequest, ProduceResponse, PRODUCE_VERSION, body)
    const again: Batch[] = []
    for (const { index, errorCode, baseOffset } of response.responses[0].partitionResponses) {
      const batch = batches.find(({ partition }) => partition === index)
      if (batch === undefined) throw new Error(`Produce was answered for partition ${index}, which was not asked for`)
      if (errorCode === ErrorCode.NONE) history.acknowledge(`${topic}-${index}`, Number(baseOffset), batch.values)
      else if (passes(errorCode) && errorCode !== ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) again.push(batch)
      else throw unexpected(`Produce of ${name} to ${topic}-${index}`, errorCode)
    }
    return again
  }
}
