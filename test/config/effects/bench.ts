/** A broker with a configuration, on a simulated machine with one client beside it: to see what a key does. */

import { SimClient } from '../../../proof/sim/client.ts'
import { type SimNode, World } from '../../../proof/sim/world.ts'
import { ErrorCode, errorName } from '../../../protocol/errors.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../../protocol/messages/create-topics.ts'
import { DeleteTopicsRequest, DeleteTopicsResponse } from '../../../protocol/messages/delete-topics.ts'
import { FetchRequest, FetchResponse } from '../../../protocol/messages/fetch.ts'
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../../protocol/messages/incremental-alter-configs.ts'
import { ListOffsetsRequest, ListOffsetsResponse } from '../../../protocol/messages/list-offsets.ts'
import { ProduceRequest, ProduceResponse } from '../../../protocol/messages/produce.ts'
import { type BatchOptions, buildBatch } from '../../../protocol/records/build.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import { apisByKey } from '../../../protocol/registry.ts'
import type { Decoded, Encodable, MessageSchema } from '../../../protocol/schema.ts'
import { type Broker, createBroker } from '../../../src/broker.ts'
import { loadConfig } from '../../../src/config/index.ts'
import { ConfigResourceType } from '../../../src/metadata/image/configurations-image.ts'
import { MemoryLogger } from '../../server/support.ts'

export type Values = Readonly<Record<string, string>>

const ADDRESS = { host: 'broker', port: 9092 }
const TIMEOUT_MS = 60_000

const BASE: Values = {
  listeners: `PLAINTEXT://${ADDRESS.host}:${ADDRESS.port}`,
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.num.partitions': '1',
}

/** `log.dirs` would be stronger than a `log.dir`. */
const given = (config: Values) =>
  new Map(Object.entries({ ...BASE, ...('log.dir' in config ? {} : { 'log.dirs': '/data' }), ...config }))

export interface Produced {
  readonly key?: string | null
  readonly value?: string | Buffer | null
  /** Milliseconds before now. */
  readonly age?: number
}

export class Bench {
  readonly world: World
  readonly node: SimNode
  /** Everything that has happened. */
  readonly story: string[] = []
  readonly log = new MemoryLogger()
  /** The configuration of the topic of a test. */
  topicValues: Values = {}
  #running: Broker | null = null
  readonly #clients: SimNode
  #client: SimClient | null = null
  readonly #ids = new Map<string, string>()

  #config: Values

  private constructor(config: Values) {
    this.#config = config
    this.world = new World(1)
    const { trace } = this.world
    const record = trace.record.bind(trace)
    trace.record = (line) => {
      this.story.push(line)
      record(line)
    }
    this.node = this.world.spawn('broker', async (environment) => {
      const loaded = loadConfig({ given: given(this.#config) })
      for (const warning of loaded.warnings) this.log.logger.warn(warning)
      const { logger } = this.log
      this.#running = createBroker({ config: loaded.config, environment, logger, onFatal: () => {} })
      await this.#running.start()
    })
    this.#clients = this.world.spawn('client', () => {})
  }

  static async start(config: Values = {}): Promise<Bench> {
    const bench = new Bench(config)
    await bench.untilItServes()
    return bench
  }

  async untilItServes(): Promise<void> {
    // Some of its parts are loaded when they are needed, which no virtual clock waits for.
    while (this.#running?.addresses.length !== 1) await this.world.runFor(1)
    await this.ask('ApiVersions', 3, { clientSoftwareName: 'bench', clientSoftwareVersion: '1' })
  }

  /** Another client, of another connection. */
  client(id: string): SimClient {
    return new SimClient(this.#clients.process.environment, id, ADDRESS)
  }

  async request<Request extends MessageSchema, Response extends MessageSchema>(
    request: Request,
    response: Response,
    version: number,
    body: Encodable<Request>,
  ): Promise<Decoded<Response>> {
    this.#client ??= this.client('client')
    return this.world.settle(this.#client.request(request, response, version, body, TIMEOUT_MS), request.name)
  }

  /** The same by the name of the API, for answers of which a test looks at a field or two. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is that of Kafka's message, which the test knows.
  async ask(name: string, version: number, body: object): Promise<any> {
    const api = [...apisByKey.values()].find((each) => each.name === name)
    if (api === undefined) throw new Error(`there is no API ${name}`)
    return this.request(api.request, api.response, version, body)
  }

  /** The value of a topic that DescribeConfigs tells. */
  async topicValue(topic: string, key: string): Promise<string> {
    const resources = [{ resourceType: ConfigResourceType.TOPIC, resourceName: topic, configurationKeys: [key] }]
    const { results } = await this.ask('DescribeConfigs', 4, { resources })
    return results[0].configs[0].value
  }

  async createTopic(name: string, configs: Values = {}, partitions = 1, replicas = 1) {
    const topic = {
      name,
      numPartitions: partitions,
      replicationFactor: replicas,
      assignments: [],
      configs: entries(configs),
    }
    const { topics } = await this.request(CreateTopicsRequest, CreateTopicsResponse, 7, { topics: [topic] })
    const [created] = topics
    if (created.errorCode === ErrorCode.NONE) this.#ids.set(name, created.topicId)
    return created
  }

  async deleteTopic(name: string): Promise<string> {
    const body = { topicNames: [name], timeoutMs: TIMEOUT_MS }
    const { responses } = await this.request(DeleteTopicsRequest, DeleteTopicsResponse, 5, body)
    return errorName(responses[0].errorCode)
  }

  /** Sets dynamic values; the empty name of a broker stands for the default of the cluster. */
  async alter(type: keyof typeof ConfigResourceType, resourceName: string, configs: Values): Promise<string> {
    const body = {
      resources: [
        {
          resourceType: ConfigResourceType[type],
          resourceName,
          configs: entries(configs).map((entry) => ({ ...entry, configOperation: 0 })),
        },
      ],
    }
    const { responses } = await this.request(IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, 1, body)
    return errorName(responses[0].errorCode)
  }

  /** One batch; the name of the error, the base offset and the broker's time. */
  async produce(
    topic: string,
    records: readonly Produced[],
    options: BatchOptions = {},
    partition = 0,
    { version = 12, transactionalId = null as string | null } = {},
  ) {
    const nowMs = this.world.wallMs
    const batch = buildBatch(
      options,
      records.map(({ key = null, value = '', age = 0 }) => ({
        key: key === null ? null : Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        timestamp: Math.floor(nowMs) - age,
      })),
    )
    const topicData = [{ name: topic, partitionData: [{ index: partition, records: batch }] }]
    const body = { transactionalId, acks: -1, timeoutMs: TIMEOUT_MS, topicData }
    const { responses } = await this.request(ProduceRequest, ProduceResponse, version, body)
    const { errorCode, baseOffset, logAppendTimeMs } = responses[0].partitionResponses[0]
    return { error: errorName(errorCode), baseOffset: Number(baseOffset), logAppendTimeMs: Number(logAppendTimeMs) }
  }

  async fetch(topic: string, offset = 0, maxBytes = 10_000_000) {
    const partitions = [{ partition: 0, fetchOffset: BigInt(offset), partitionMaxBytes: maxBytes }]
    const body = { maxWaitMs: 0, minBytes: 1, maxBytes, sessionEpoch: -1, topics: [{ topic, partitions }] }
    const { responses } = await this.request(FetchRequest, FetchResponse, 12, body)
    const bytes = responses[0]?.partitions[0]?.records ?? Buffer.alloc(0)
    return { bytes, batches: decodeBatches(bytes) }
  }

  /** Keys and values of all records; one answer holds those of one segment. */
  async records(topic: string): Promise<string[]> {
    const found: string[] = []
    for (let next = await this.earliest(topic); ; ) {
      const { batches } = await this.fetch(topic, next)
      const last = batches.at(-1)
      if (last === undefined) return found
      found.push(...batches.flatMap((batch) => batch.records.map(({ key, value }) => `${key}=${value}`)))
      next = Number(last.lastOffset) + 1
    }
  }

  async earliest(topic: string): Promise<number> {
    const topics = [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -2n }] }]
    const answer = await this.request(ListOffsetsRequest, ListOffsetsResponse, 6, { replicaId: -1, topics })
    return Number(answer.topics[0].partitions[0].offset)
  }

  runFor(ms: number): Promise<void> {
    return this.world.runFor(ms)
  }

  /** Ends as the broker ends by itself; what is left is on the disk. */
  async stop(): Promise<void> {
    const broker = this.#running
    this.#running = null
    if (broker !== null) await this.world.settle(broker.stop(), 'the stop')
    this.#client = null
    this.node.crash('kill')
  }

  async crash(mode: 'kill' | 'power'): Promise<void> {
    this.#running = null
    this.#client = null
    this.node.crash(mode)
  }

  /** With other settings, where they are given. */
  async startAgain(config = this.#config): Promise<void> {
    this.#config = config
    this.node.start()
    await this.untilItServes()
  }

  /** Files whose path matches, with their sizes. */
  files(pattern: RegExp): { path: string; sizeBytes: number }[] {
    return this.node.disk
      .listFiles()
      .filter((path) => pattern.test(path))
      .map((path) => ({ path, sizeBytes: this.node.disk.fileAt(path, 'look at').sizeBytes }))
  }

  segments(topic: string): number {
    return this.files(new RegExp(`/${topic}-0/\\d+\\.log$`)).length
  }
}

const entries = (values: Values) => Object.entries(values).map(([name, value]) => ({ name, value }))

export const text = (bytes: number): string => 'x'.repeat(bytes)
