import type { Api } from '../../../protocol/registry.ts'
import type { Address } from '../client.ts'
import { SimClient } from '../client.ts'
import {
  BROKER_PROPERTIES,
  TOPICS,
  TransactionalWork,
  type WorkOptions,
  type WorkResult,
} from '../transactions/transactional-work.ts'
import { withoutUnhandled } from '../unhandled.ts'
import { World } from '../world.ts'
import { addressOf } from './clients.ts'
import { BROKER_IDS, type ClusterOptions, QUIET_LIMIT_MS, SimCluster } from './sim-cluster.ts'

const OFFSETS_TOPIC = '__consumer_offsets'
const TRANSACTIONS_TOPIC = '__transaction_state'
const TOPIC_IDS = ['OEFKSsxZSLqm8on1qPiDRA', 'PEFKSsxZSLqm8on1qPiDRA', 'QEFKSsxZSLqm8on1qPiDRA'] as const
const INTERNAL_IDS = {
  [OFFSETS_TOPIC]: 'REFKSsxZSLqm8on1qPiDRA',
  [TRANSACTIONS_TOPIC]: 'SEFKSsxZSLqm8on1qPiDRA',
} as const
const SEGMENT_BYTES = [2000, 1024 * 1024]
/** Brokers with peers: markers of transactions, and questions about them, go from one to another. */
const ROLE = {
  'process.roles': 'broker',
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.bootstrap.servers': 'controller:9093',
  'samsa.cluster.id': 'TEFKSsxZSLqm8on1qPiDRA',
} as const
/** The brokers have heard of the topics by then. */
const NEWS_MS = 500

export type TransactionsOptions = Partial<ClusterOptions> &
  Pick<WorkOptions, 'sessionTimeoutsMs'> & { readonly name?: string }

export interface TransactionsResult extends WorkResult {
  hash: string
  effects: number
  brokerStarts: number
  elections: number
}

/** APIs that the coordinator of a group or of a transaction answers, by the topic in which it keeps it. */
const COORDINATED: Readonly<Record<string, string>> = {
  JoinGroup: OFFSETS_TOPIC,
  SyncGroup: OFFSETS_TOPIC,
  Heartbeat: OFFSETS_TOPIC,
  OffsetFetch: OFFSETS_TOPIC,
  TxnOffsetCommit: OFFSETS_TOPIC,
  InitProducerId: TRANSACTIONS_TOPIC,
  AddPartitionsToTxn: TRANSACTIONS_TOPIC,
  AddOffsetsToTxn: TRANSACTIONS_TOPIC,
  EndTxn: TRANSACTIONS_TOPIC,
}

/**
 * The clients of `TransactionalWork` before four brokers and a controller: coordinators of a group and of transactions move
 * with the partitions in which they keep their state, and markers go to other brokers. Throws, with the seed and the
 * story, when what the clients were told is not a history of Kafka, when an order was not relayed exactly once, or when
 * peace does not bring every client to its end, every replica in sync, and every log to the same bytes.
 */
export async function runClusterTransactions(
  seed: number | string,
  options: TransactionsOptions = {},
): Promise<TransactionsResult> {
  const scenario = new Scenario(seed, options)
  return withoutUnhandled(scenario.world, () => scenario.run()).catch((error) => {
    throw scenario.failure(error)
  })
}

class Scenario {
  readonly world: World
  readonly #kind: string
  readonly #cluster: SimCluster
  readonly #work: TransactionalWork

  constructor(seed: number | string, options: TransactionsOptions) {
    const world = new World(seed)
    const random = world.random.stream('cluster transactions')
    this.world = world
    const { crashMode = random.pick(['kill', 'kill', 'power'] as const) } = options
    const hasElr = crashMode === 'power' || random.chance(0.3)
    const protocol = random.pick(['classic', 'implicit'] as const)
    this.#kind = [options.name, crashMode, protocol].filter((word) => word !== undefined).join(', ')
    const cluster = new SimCluster(world, {
      ...options,
      crashMode,
      hasElr,
      brokerConfig: {
        ...ROLE,
        ...BROKER_PROPERTIES,
        'transaction.state.log.num.partitions': '1',
        ...options.brokerConfig,
      },
    })
    this.#cluster = cluster
    const where = (api: Api, body: unknown) => this.#brokerFor(api, body)
    this.#work = new TransactionalWork(world, {
      where,
      partitions: 1,
      protocol,
      judge: () => new SimClient(cluster.judge.process.environment, 'judge', where),
      quietLimitMs: QUIET_LIMIT_MS,
      sessionTimeoutsMs: options.sessionTimeoutsMs,
    })
  }

  async run(): Promise<TransactionsResult> {
    const { world } = this
    await this.#cluster.start()
    this.#createTopics()
    await world.runFor(NEWS_MS)
    this.#work.spawn()
    await this.#cluster.torment(this.#work.clients.nodes)
    await this.#work.finish()
    await world.runUntil(() => this.#cluster.allInSync(), 'all replicas to be in sync', QUIET_LIMIT_MS)
    for (const topic of [...TOPICS, OFFSETS_TOPIC, TRANSACTIONS_TOPIC]) await this.#cluster.judgeReplicas(topic)
    const { brokerStarts, elections } = this.#cluster
    return { hash: world.trace.hash, effects: world.trace.count, brokerStarts, elections, ...this.#work.result() }
  }

  failure(cause: unknown): Error {
    const { seed, trace } = this.world
    return new Error(`seed ${seed} (${this.#kind}), trace ${trace.hash}:\n${(cause as Error).message}`, { cause })
  }

  #createTopics(): void {
    const segmentBytes = String(this.world.random.stream('segments').pick(SEGMENT_BYTES))
    const configs = { 'internal.segment.bytes': segmentBytes }
    TOPICS.forEach((name, at) => {
      this.#cluster.createTopic(name, TOPIC_IDS[at] ?? '', { partitions: 1, firstAt: at }, configs)
    })
    for (const name of [OFFSETS_TOPIC, TRANSACTIONS_TOPIC] as const) {
      const firstAt = name === OFFSETS_TOPIC ? 1 : 3
      this.#cluster.createTopic(name, INTERNAL_IDS[name], { partitions: 1, firstAt }, { 'cleanup.policy': 'compact' })
    }
  }

  /** As the controller has it: a client asks the metadata until they say so. */
  #brokerFor({ name }: Api, body: unknown): Address | null {
    const topic = COORDINATED[name] ?? topicOf(body)
    if (topic !== undefined) return this.#cluster.addressOfLeader(topic, 0)
    return addressOf(this.world.random.stream(`route at ${this.world.timeMs}`).pick(BROKER_IDS))
  }
}

/** The topic that a Produce or a Fetch is for; undefined for a request without one. */
function topicOf(body: unknown): string | undefined {
  const { topicData, topics } = body as { topicData?: { name: string }[]; topics?: { topic: string }[] }
  return topicData?.[0]?.name ?? topics?.[0]?.topic
}
