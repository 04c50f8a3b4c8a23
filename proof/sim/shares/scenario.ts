import { ErrorCode } from '../../../protocol/errors.ts'
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../../protocol/messages/incremental-alter-configs.ts'
import { loadShareParts } from '../../../src/broker/shares/share-parts.ts'
import { passes, type SimClient, unexpected, untilAnswered } from '../client.ts'
import type { CrashMode } from '../disk.ts'
import { createTopic } from '../scenarios/admin.ts'
import { Clients } from '../scenarios/clients.ts'
import { History } from '../scenarios/history.ts'
import { Judge, runJudged } from '../scenarios/judge.ts'
import { torment } from '../scenarios/nemesis.ts'
import { produce } from '../scenarios/producer.ts'
import { ADDRESS, TormentedBroker } from '../scenarios/tormented-broker.ts'
import type { Sabotage } from '../seams.ts'
import { World } from '../world.ts'
import { LARGE_LIMIT, QueueHistory } from './queue-history.ts'
import { work } from './share-member.ts'

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
  await runJudged(scenario)
  return scenario.result()
}

class Scenario {
  readonly history = new History()
  readonly world: World
  readonly broker: TormentedBroker
  readonly #deliveryLimit: number
  readonly #partitions: number
  readonly #queue: QueueHistory
  readonly #judge: Judge
  readonly #clients: Clients
  #peace = false
  #over = false

  constructor(seed: number | string, { crashMode, deliveryLimit, sabotage }: SharesOptions) {
    const world = new World(seed)
    this.world = world
    const random = world.random.stream('scenario')
    const mode = crashMode ?? random.pick(['kill', 'power'])
    this.#partitions = 1 + random.integer(2)
    this.#deliveryLimit = deliveryLimit ?? random.pick(DELIVERY_LIMITS)
    this.#queue = new QueueHistory(this.history, this.#deliveryLimit)
    this.broker = new TormentedBroker(world, {
      crashMode: mode,
      sabotage,
      properties: {
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
      },
    })
    this.#judge = new Judge(world)
    this.#clients = new Clients(world)
  }

  async run(): Promise<void> {
    const { world, broker } = this
    const topicId = await world.settle(createTopic(this.#judge.client(), TOPIC, this.#partitions), 'the topic')
    await world.settle(beginsAtTheFirst(this.#judge.client()), 'the configuration of the group')
    this.#spawnClients(topicId)
    await torment(
      world,
      {
        broker,
        clients: this.#clients.nodes,
        fragile: [/orders/, /__consumer_offsets/, /__share_group_state/],
        pace: 1,
      },
      TORMENT_MS,
    )
    this.#peace = true
    await world.runUntil(() => this.#clients.areDone, 'the producers to finish', QUIET_LIMIT_MS)
    await this.#finish(await this.#judge.judgeLogs(this.history, TOPIC, this.#partitions, QUIET_LIMIT_MS))
    this.#over = true
  }

  async #finish(ends: ReadonlyMap<string, number>): Promise<void> {
    if (this.#deliveryLimit < LARGE_LIMIT) return this.world.runFor(5 * LOCK_MS)
    const unfinished = () => [...ends].flatMap(([name, end]) => this.#queue.unfinished(name, end))
    try {
      const isEmpty = () => unfinished().length === 0
      await this.world.runUntil(isEmpty, 'the queue to be empty', QUIET_LIMIT_MS)
      // A record that comes again does so before long, and all that was under way is answered.
      await this.world.runFor(2 * LOCK_MS)
      await this.world.runUntil(isEmpty, 'the queue to be empty for good', QUIET_LIMIT_MS)
    } catch (error) {
      this.history.violation(`never done with: ${unfinished().slice(0, 20).join(', ')}`)
      throw error
    }
  }

  result(): SharesResult {
    const { trace } = this.world
    const { deliveries, doneCount: done } = this.#queue
    return { hash: trace.hash, effects: trace.count, brokerStarts: this.broker.node.starts, deliveries, done }
  }

  #spawnClients(topicId: string): void {
    const { history } = this
    const shared = { address: ADDRESS, history, topic: TOPIC, partitions: this.#partitions }
    for (const name of ['producer-1', 'producer-2']) {
      this.#clients.spawnWorker(name, (environment, life) =>
        produce(environment, { ...shared, name: `${name}-${life}`, goesOn: () => !this.#peace }),
      )
    }
    const asMember = { ...shared, group: GROUP, topicId, queue: this.#queue, lockMs: LOCK_MS }
    for (const name of ['worker-1', 'worker-2', 'worker-3']) {
      const nowMs = () => this.world.timeMs
      this.#clients.spawn(name, (environment, life) => {
        // A life that ended had its records, and nobody hears of it again.
        for (let earlier = 1; earlier < life; earlier++) this.#queue.lost(`${name}-${earlier}`)
        return work(environment, { ...asMember, name: `${name}-${life}`, nowMs, goesOn: () => !this.#over })
      })
    }
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
