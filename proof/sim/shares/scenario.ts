import { ErrorCode } from '../../../protocol/errors.ts'
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../../protocol/messages/incremental-alter-configs.ts'
import { loadShareParts } from '../../../src/broker/share-parts.ts'
import { type Broker, createBroker } from '../../../src/broker.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { Environment } from '../../../src/env/index.ts'
import { passes, SimClient, unexpected, untilAnswered } from '../client.ts'
import type { CrashMode } from '../disk.ts'
import { createTopic } from '../scenarios/admin.ts'
import { readAll } from '../scenarios/fetch.ts'
import { History } from '../scenarios/history.ts'
import { torment } from '../scenarios/nemesis.ts'
import { produce } from '../scenarios/producer.ts'
import { tracingLogger } from '../scenarios/tracing-logger.ts'
import type { Sabotage } from '../seams.ts'
import { type SimNode, World } from '../world.ts'
import { LARGE_LIMIT, QueueHistory } from './queue-history.ts'
import { work } from './share-member.ts'

const ADDRESS = { host: 'broker', port: 9092 }
const TOPIC = 'orders'
const GROUP = 'workers'
const GROUP_RESOURCE = 32
const LOCK_MS = 4000
/** With the small one records are given up; with the large one each must be done with. */
const DELIVERY_LIMITS = [2, LARGE_LIMIT]
const TORMENT_MS = 25_000
const QUIET_LIMIT_MS = 180_000

export interface SharesOptions {
  /** Default: by the seed. */
  readonly deliveryLimit?: number
  readonly crashMode?: CrashMode
  /** Changes the broker's environment for the worse: a bug planted on purpose. */
  readonly sabotage?: Sabotage
}

export interface SharesResult {
  readonly hash: string
  readonly effects: number
  readonly brokerStarts: number
  readonly deliveries: number
  readonly done: number
}

/**
 * A broker, two producers and a share group of three members (KIP-932), tormented for a while and then left in peace.
 * Throws, with the seed and the story, when what the members were told cannot all be true, or when records are left over.
 */
export async function runShares(seed: number | string, options: SharesOptions = {}): Promise<SharesResult> {
  await loadShareParts()
  const scenario = new Scenario(seed, options)
  const unhandled = (error: unknown) => scenario.failed(error)
  process.on('unhandledRejection', unhandled)
  try {
    await scenario.run()
  } catch (error) {
    const { violations } = scenario.history
    throw violations.length === 0 ? error : scenario.failure(violations, error)
  } finally {
    process.off('unhandledRejection', unhandled)
  }
  if (scenario.history.violations.length > 0) throw scenario.failure(scenario.history.violations)
  return scenario.result()
}

class Scenario {
  readonly history = new History()
  readonly #world: World
  readonly #crashMode: CrashMode
  readonly #deliveryLimit: number
  readonly #partitions: number
  readonly #queue: QueueHistory
  readonly #sabotage: Sabotage
  readonly #broker: SimNode
  readonly #judge: SimNode
  readonly #clients: SimNode[] = []
  #running: Broker | null = null
  #peace = false
  #over = false
  #working = 0

  constructor(seed: number | string, options: SharesOptions) {
    const world = new World(seed)
    this.#world = world
    const random = world.random.stream('scenario')
    this.#crashMode = options.crashMode ?? random.pick(['kill', 'power'])
    this.#partitions = 1 + random.integer(2)
    this.#deliveryLimit = options.deliveryLimit ?? random.pick(DELIVERY_LIMITS)
    this.#sabotage = options.sabotage ?? ((environment) => environment)
    this.#queue = new QueueHistory(this.history, this.#deliveryLimit)
    this.#broker = world.spawn('broker', (environment) => this.#startBroker(environment))
    this.#judge = world.spawn('judge', () => {})
  }

  async run(): Promise<void> {
    const world = this.#world
    const topicId = await world.settle(createTopic(this.#client(), TOPIC, this.#partitions), 'the topic')
    await world.settle(beginsAtTheFirst(this.#client()), 'the configuration of the group')
    this.#spawnClients(topicId)
    await torment(
      world,
      {
        broker: this.#broker,
        clients: this.#clients,
        crashMode: this.#crashMode,
        stopBroker: () => this.#running?.stop() ?? Promise.resolve(),
        fragile: [/orders/, /__consumer_offsets/, /__share_group_state/],
        pace: 1,
      },
      TORMENT_MS,
    )
    this.#peace = true
    await world.runUntil(() => this.#working === 0, 'the producers to finish', QUIET_LIMIT_MS)
    await this.#finish(await this.#judgeLogs())
    this.#over = true
  }

  async #finish(ends: ReadonlyMap<string, number>): Promise<void> {
    if (this.#deliveryLimit < LARGE_LIMIT) return this.#world.runFor(5 * LOCK_MS)
    const unfinished = () => [...ends].flatMap(([name, end]) => this.#queue.unfinished(name, end))
    try {
      const isEmpty = () => unfinished().length === 0
      await this.#world.runUntil(isEmpty, 'the queue to be empty', QUIET_LIMIT_MS)
      // A record that comes again does so before long, and all that was under way is answered.
      await this.#world.runFor(2 * LOCK_MS)
      await this.#world.runUntil(isEmpty, 'the queue to be empty for good', QUIET_LIMIT_MS)
    } catch (error) {
      this.history.violation(`never done with: ${unfinished().slice(0, 20).join(', ')}`)
      throw error
    }
  }

  failed(error: unknown): void {
    this.#world.fail(error)
  }

  result(): SharesResult {
    const { trace } = this.#world
    const { deliveries, doneCount: done } = this.#queue
    return { hash: trace.hash, effects: trace.count, brokerStarts: this.#broker.starts, deliveries, done }
  }

  failure(violations: readonly string[], cause?: unknown): Error {
    const list = violations.slice(0, 10).join('\n  ')
    const { seed, trace } = this.#world
    return new Error(`seed ${seed} (${this.#crashMode}), trace ${trace.hash}:\n  ${list}`, { cause })
  }

  async #startBroker(environment: Environment): Promise<void> {
    const config = new BrokerConfig({
      listeners: `PLAINTEXT://${ADDRESS.host}:${ADDRESS.port}`,
      'log.dirs': '/data',
      'offsets.topic.num.partitions': '2',
      'share.coordinator.state.topic.num.partitions': '2',
      // Snapshots, and what is pruned behind them, within a run.
      'share.coordinator.snapshot.update.records.per.snapshot': '7',
      'share.coordinator.state.topic.prune.interval.ms': '3000',
      'group.share.min.record.lock.duration.ms': '1000',
      'group.share.record.lock.duration.ms': String(LOCK_MS),
      'group.share.delivery.count.limit': String(this.#deliveryLimit),
      'group.share.min.session.timeout.ms': '1000',
      'group.share.session.timeout.ms': '6000',
      'group.share.min.heartbeat.interval.ms': '500',
      'group.share.heartbeat.interval.ms': '1000',
      'group.share.assignment.interval.ms': '0',
      ...(this.#crashMode === 'power' ? { 'log.flush.interval.messages': '1' } : {}),
    })
    const broker = createBroker({
      config,
      environment: this.#sabotage(environment),
      logger: tracingLogger(this.#world),
      onFatal: () => this.#exit(),
    })
    try {
      await broker.start()
    } catch (error) {
      // On a disk that is full or fails it cannot start: whoever looks after it tries again.
      if (!/\((ENOSPC|EIO)\)/.test((error as Error).message)) throw error
      return this.#exit()
    }
    this.#running = broker
  }

  /** The process ends, and is started again by whoever looks after it. */
  #exit(): void {
    this.#world.plan(0, () => {
      if (!this.#broker.isUp) return
      this.#broker.crash('kill')
      this.#broker.disk.clearFaults()
      this.#world.plan(100, () => this.#broker.isUp || this.#broker.start())
    })
  }

  #spawnClients(topicId: string): void {
    const { history } = this
    const shared = { address: ADDRESS, history, topic: TOPIC, partitions: this.#partitions }
    for (const name of ['producer-1', 'producer-2']) {
      let working = false
      const node: SimNode = this.#world.spawn(name, async (environment) => {
        if (!working) this.#working++
        working = true
        await produce(environment, { ...shared, name: `${name}-${node.starts}`, goesOn: () => !this.#peace })
        this.#working--
        working = false
      })
      this.#clients.push(node)
    }
    const asMember = { ...shared, group: GROUP, topicId, queue: this.#queue, lockMs: LOCK_MS }
    for (const name of ['worker-1', 'worker-2', 'worker-3']) {
      const nowMs = () => this.#world.timeMs
      const node: SimNode = this.#world.spawn(name, (environment) => {
        // A life that ended had its records, and nobody hears of it again.
        for (let life = 1; life < node.starts; life++) this.#queue.lost(`${name}-${life}`)
        return work(environment, { ...asMember, name: `${name}-${node.starts}`, nowMs, goesOn: () => !this.#over })
      })
      this.#clients.push(node)
    }
  }

  #client(): SimClient {
    return new SimClient(this.#judge.process.environment, 'judge', ADDRESS)
  }

  /** Reads every partition from the start; its end, by name. */
  async #judgeLogs(): Promise<Map<string, number>> {
    const ends = new Map<string, number>()
    for (let partition = 0; partition < this.#partitions; partition++) {
      const name = `${TOPIC}-${partition}`
      const all = readAll(this.#client(), TOPIC, partition)
      const records = await this.#world.settle(all, `all of ${name}`, QUIET_LIMIT_MS)
      this.history.judgeLog(name, records)
      ends.set(name, records.length)
    }
    return ends
  }
}

/** The group begins with the first record of each partition. */
async function beginsAtTheFirst(client: SimClient): Promise<void> {
  const configs = [{ name: 'share.auto.offset.reset', configOperation: 0, value: 'earliest' }]
  const resources = [{ resourceType: GROUP_RESOURCE, resourceName: GROUP, configs }]
  await untilAnswered(client.environment, async () => {
    const body = { resources, validateOnly: false }
    const answer = await client.request(IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, 1, body)
    const errorCode = answer.responses[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
    if (errorCode === ErrorCode.NONE) return true
    if (!passes(errorCode)) throw unexpected('IncrementalAlterConfigs', errorCode)
    return undefined
  })
  client.close()
}
