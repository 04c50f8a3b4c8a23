/** The client of the measurements: topics and records in bulk, faster than a client library would make them. */
import { type Body, Connection } from '../../compat-tests/diff/connection.ts'
import { apiNamed } from '../../compat-tests/diff/session.ts'
import type { BrokerProcess } from '../../compat-tests/support/broker.ts'
import { buildBatch } from '../../protocol/records/build.ts'

const TIMEOUT_MS = 120_000
const CREATE_TOPICS_VERSION = 7
const PRODUCE_VERSION = 9
/** Enough to keep a broker busy, few enough that no answer is late. */
const PRODUCES_IN_FLIGHT = 8

export interface TopicToFill {
  name: string
  partitions: number
  configs?: Record<string, string>
}

export class BulkClient {
  readonly #connection: Connection

  constructor(broker: BrokerProcess) {
    this.#connection = new Connection(broker.port)
  }

  close(): void {
    this.#connection.close()
  }

  async createTopic({ name, partitions, configs = {} }: TopicToFill): Promise<void> {
    const topic = {
      name,
      numPartitions: partitions,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }
    const request = { topics: [topic], timeoutMs: TIMEOUT_MS, validateOnly: false }
    const { topics } = await this.#ask('CreateTopics', CREATE_TOPICS_VERSION, request)
    if (topics[0].errorCode !== 0) throw new Error(`${name} could not be created: ${topics[0].errorMessage}`)
  }

  /** The same batch to each of the partitions, in one request. */
  async produce(topic: string, partitions: readonly number[], records: Buffer): Promise<void> {
    const partitionData = partitions.map((index) => ({ index, records: Buffer.from(records) }))
    const request = {
      transactionalId: null,
      acks: -1,
      timeoutMs: TIMEOUT_MS,
      topicData: [{ name: topic, partitionData }],
    }
    const { responses } = await this.#ask('Produce', PRODUCE_VERSION, request)
    for (const { index, errorCode } of responses[0].partitionResponses) {
      if (errorCode !== 0) throw new Error(`${topic}-${index} refused records with error ${errorCode}`)
    }
  }

  /** `count` times the batch to one partition. */
  async fill(topic: string, partition: number, records: Buffer, count: number): Promise<void> {
    let left = count
    const worker = async () => {
      while (left-- > 0) await this.produce(topic, [partition], records)
    }
    await Promise.all(Array.from({ length: PRODUCES_IN_FLIGHT }, worker))
  }

  async #ask(name: string, version: number, body: object): Promise<Body> {
    const outcome = await this.#connection.send(apiNamed(name), version, body, { timeoutMs: TIMEOUT_MS })
    if (outcome.kind !== 'answer') throw new Error(`${name} was not answered: ${outcome.kind}`)
    return outcome.body
  }
}

/** One uncompressed batch of `count` records whose values have `valueBytes` bytes that do not repeat. */
export function batchOf(count: number, valueBytes: number): Buffer {
  const timestamp = Date.now()
  return buildBatch(
    {},
    Array.from({ length: count }, (_, index) => ({
      timestamp,
      key: null,
      value: pseudoRandomBytes(valueBytes, index + 1),
      headers: [],
    })),
  )
}

function pseudoRandomBytes(length: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}
