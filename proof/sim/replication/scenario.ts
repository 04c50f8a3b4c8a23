import { ErrorCode } from '../../../protocol/errors.ts'
import { ListOffsetsTimestamp } from '../../../protocol/list-offsets-timestamp.ts'
import { FetchRequest, FetchResponse } from '../../../protocol/messages/fetch.ts'
import { ListOffsetsRequest, ListOffsetsResponse } from '../../../protocol/messages/list-offsets.ts'
import { SimClient, sleep, untilAnswered } from '../client.ts'
import type { CrashMode } from '../disk.ts'
import { History, type LoggedRecord } from '../scenarios/history.ts'
import { withoutUnhandled } from '../unhandled.ts'
import { type SimNode, World } from '../world.ts'
import { addressOf, type ClientOptions, consumeFrom, produceTo, recordsOf } from './clients.ts'
import { BROKER_IDS, type ClusterOptions, QUIET_LIMIT_MS, SimCluster } from './sim-cluster.ts'

const TOPIC = 'orders'
const TOPIC_ID = 'OEFKSsxZSLqm8on1qPiDRA'
const PARTITIONS = 2
const LARGE_SEGMENT_BYTES = 1024 * 1024
const SEGMENT_BYTES = [1500, LARGE_SEGMENT_BYTES]

export interface ScenarioOptions extends Omit<ClusterOptions, 'crashMode' | 'hasElr'> {
  /** By which failures call this world. */
  name?: string
  crashMode?: CrashMode
  /** Whether unclean elections are allowed, and acknowledged records may be lost; default: by the seed, now and then. */
  isUnclean?: boolean
  topicConfig?: Readonly<Record<string, string>>
  /** How many producers each partition has; 1 when absent. */
  producers?: number
  /** Producers compress, and send so much that a leader validates it aside. */
  largeBatches?: boolean
}

export interface ScenarioResult {
  hash: string
  effects: number
  acknowledged: number
  brokerStarts: number
  elections: number
}

/**
 * Four brokers and a controller, a topic with three replicas of each partition and min.insync.replicas=2, an idempotent
 * producer with acks=all and two consumers for each partition; tormented for a while and then left in peace. Throws, with
 * the seed and the story, when
 * - an acknowledged record is not where it was acknowledged, or is there twice, or out of order;
 * - anybody has read at an offset what nobody finds there later, or what others did not find there;
 * - peace does not bring every replica in sync, every producer to its end, or every log to the same bytes.
 *
 * Where unclean elections are allowed, records may be lost: then only the last of these is judged. With `power` a machine
 * loses what was not flushed, at a time when every replica is in sync; the controller knows of eligible leaders (KIP-966)
 * then, without which Kafka promises nothing about it.
 */
export async function runReplication(seed: number | string, options: ScenarioOptions = {}): Promise<ScenarioResult> {
  const scenario = new Scenario(seed, options)
  await withoutUnhandled(scenario.world, () => scenario.run()).catch((error) => {
    throw scenario.failure(error)
  })
  if (scenario.history.violations.length > 0) throw scenario.failure(null)
  return scenario.result()
}

const DEBUGGING_REPLICA_ID = -2

class Scenario {
  readonly world: World
  readonly history = new History()
  readonly #options: ScenarioOptions
  readonly #crashMode: CrashMode
  readonly #isUnclean: boolean
  readonly #cluster: SimCluster
  readonly #clients: SimNode[] = []
  #peace = false
  #over = false
  #producing = 0

  constructor(seed: number | string, options: ScenarioOptions) {
    const world = new World(seed)
    const random = world.random.stream('replication')
    this.world = world
    this.#options = options
    this.#crashMode = options.crashMode ?? random.pick(['kill', 'kill', 'power'])
    this.#isUnclean = options.isUnclean ?? random.chance(0.15)
    const hasElr = this.#crashMode === 'power' || random.chance(0.3)
    this.#cluster = new SimCluster(world, { ...options, crashMode: this.#crashMode, hasElr })
  }

  async run(): Promise<void> {
    const { world } = this
    await this.#cluster.start()
    this.#createTopic()
    this.#spawnClients()
    await this.#cluster.torment(this.#clients)
    this.#peace = true
    await world.runUntil(() => this.#producing === 0, 'the producers to finish', QUIET_LIMIT_MS)
    await world.runUntil(() => this.#cluster.allInSync(), 'all replicas to be in sync', QUIET_LIMIT_MS)
    await this.#judgeLogs()
    this.#over = true
    await this.#cluster.judgeReplicas(TOPIC)
  }

  failure(cause: unknown): Error {
    const { seed, trace } = this.world
    const { name } = this.#options
    const kind = `${name === undefined ? '' : `${name}, `}${this.#crashMode}${this.#isUnclean ? ', unclean elections' : ''}`
    const violations = this.history.violations.slice(0, 8).map((text) => `\n  ${text}`)
    return new Error(
      `seed ${seed} (${kind}), trace ${trace.hash}:${violations.join('')}\n${(cause as Error | null)?.message ?? ''}`,
      {
        cause,
      },
    )
  }

  result(): ScenarioResult {
    const { trace } = this.world
    const { brokerStarts, elections } = this.#cluster
    return {
      hash: trace.hash,
      effects: trace.count,
      acknowledged: this.history.acknowledgedCount,
      brokerStarts,
      elections,
    }
  }

  #createTopic(): void {
    const random = this.world.random.stream('topic')
    this.#cluster.createTopic(
      TOPIC,
      TOPIC_ID,
      { partitions: PARTITIONS },
      {
        'internal.segment.bytes': String(this.#options.largeBatches ? LARGE_SEGMENT_BYTES : random.pick(SEGMENT_BYTES)),
        'unclean.leader.election.enable': String(this.#isUnclean),
        ...this.#options.topicConfig,
      },
    )
  }

  #spawnClients(): void {
    const { largeBatches: isLarge = false } = this.#options
    const shared = { topic: TOPIC, history: this.history, brokerIds: BROKER_IDS, mayLose: this.#isUnclean, isLarge }
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const leader = () => this.#cluster.leaderOf(TOPIC, partition)
      const at = { ...shared, partition, leader }
      for (let number = 1; number <= (this.#options.producers ?? 1); number++) {
        const name = number === 1 ? `producer-${partition}` : `producer-${partition}-${number}`
        this.#spawnProducer({ ...at, name, goesOn: () => !this.#peace })
      }
      for (const number of [1, 2]) {
        const options = { ...at, name: `consumer-${partition}-${number}`, goesOn: () => !this.#over }
        this.#clients.push(this.world.spawn(options.name, (environment) => consumeFrom(environment, options)))
      }
    }
  }

  #spawnProducer(options: ClientOptions): void {
    this.#producing++
    const node = this.world.spawn(options.name, async (environment) => {
      await produceTo(environment, options)
      this.#producing--
    })
    this.#clients.push(node)
  }

  async #judgeLogs(): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const name = `${TOPIC}-${partition}`
      const records = await this.world.settle(this.#readAll(partition), `all of ${name}`, QUIET_LIMIT_MS)
      if (!this.#isUnclean) this.history.judgeLog(name, records)
    }
  }

  /** Up to the end of the leader's log: the watermark of a new leader comes after it, once followers have fetched. */
  async #readAll(partition: number): Promise<LoggedRecord[]> {
    const { environment } = this.#cluster.judge.process
    const all: LoggedRecord[] = []
    for (;;) {
      const end = await untilAnswered(environment, async () => {
        const client = new SimClient(environment, 'judge', addressOf(this.#cluster.leaderOf(TOPIC, partition) ?? 1))
        const topics = [
          { topic: TOPIC, partitions: [{ partition, fetchOffset: BigInt(all.length), partitionMaxBytes: 50_000 }] },
        ]
        const body = { maxWaitMs: 10, minBytes: 0, isolationLevel: 0, sessionEpoch: -1, topics }
        const answer = await client.request(FetchRequest, FetchResponse, 12, body)
        const logEnd = await logEndOf(client, partition)
        client.close()
        const result = answer.responses[0]?.partitions[0]
        if (result?.errorCode !== ErrorCode.NONE) return undefined
        all.push(...recordsOf(result.records, all.length))
        return logEnd
      })
      if (all.length >= end) return all
      await sleep(environment, 10)
    }
  }
}

/** As a debugger asks for it, without regard to what is committed; undefined where the broker does not say. */
async function logEndOf(client: SimClient, partitionIndex: number): Promise<number | undefined> {
  const partitions = [{ partitionIndex, timestamp: BigInt(ListOffsetsTimestamp.LATEST) }]
  const body = { replicaId: DEBUGGING_REPLICA_ID, topics: [{ name: TOPIC, partitions }] }
  const answer = await client.request(ListOffsetsRequest, ListOffsetsResponse, 7, body)
  const result = answer.topics[0]?.partitions[0]
  return result?.errorCode === ErrorCode.NONE ? Number(result.offset) : undefined
}
