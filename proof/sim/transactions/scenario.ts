import type { CrashMode } from '../disk.ts'
import { createTopic } from '../scenarios/admin.ts'
import { History } from '../scenarios/history.ts'
import { Judge } from '../scenarios/judge.ts'
import { judgeSegments } from '../scenarios/judge-segments.ts'
import { BLOWS, crashBroker, torment } from '../scenarios/nemesis.ts'
import { ADDRESS, TormentedBroker } from '../scenarios/tormented-broker.ts'
import type { Sabotage } from '../seams.ts'
import { withoutUnhandled } from '../unhandled.ts'
import { World } from '../world.ts'
import type { Protocol } from './transactional-producer.ts'
import {
  BROKER_PROPERTIES,
  type Committed,
  failOn,
  TOPICS,
  type Topic,
  TransactionalWork,
  type WorkResult,
} from './transactional-work.ts'

const SEGMENT_BYTES = [2000, 1024 * 1024]
const TORMENT_MS = 1500
const TORMENT_PACE = 0.12
/** As many crashes of the broker as everything else together. */
const TORMENTS = [...BLOWS, ...BLOWS.map(() => crashBroker)]
const QUIET_LIMIT_MS = 30_000

export interface ScenarioOptions {
  /** Default: by the seed. */
  crashMode?: CrashMode
  sabotage?: Sabotage
  /** false: nothing happens to anybody. */
  isTormented?: boolean
}

export interface ScenarioResult extends WorkResult {
  hash: string
  effects: number
  brokerStarts: number
}

/**
 * A broker and the clients of `TransactionalWork`, which are tormented for a while and left in peace. Throws, with the seed
 * and the story, when the history that they have written down is not one of Kafka, when an order was not relayed exactly
 * once, or when peace does not bring everything to its end.
 */
export async function runTransactions(seed: number | string, options: ScenarioOptions = {}): Promise<ScenarioResult> {
  const scenario = new Scenario(seed, options)
  return withoutUnhandled(scenario.world, () => scenario.run()).catch((error) => {
    throw scenario.failure(error)
  })
}

class Scenario {
  readonly world: World
  readonly #options: ScenarioOptions
  readonly #protocol: Protocol
  readonly #partitions: number
  readonly #segments = new History()
  readonly #broker: TormentedBroker
  readonly #judge: Judge
  readonly #work: TransactionalWork

  constructor(seed: number | string, options: ScenarioOptions) {
    const world = new World(seed)
    const random = world.random.stream('transactions')
    this.world = world
    this.#options = options
    const crashMode = options.crashMode ?? random.pick(['kill', 'power'])
    this.#protocol = random.pick(['classic', 'implicit'])
    this.#partitions = 1 + random.integer(2)
    this.#broker = new TormentedBroker(world, {
      crashMode,
      sabotage: options.sabotage,
      properties: {
        ...BROKER_PROPERTIES,
        'log.index.interval.bytes': '256',
        'transaction.state.log.num.partitions': '2',
      },
    })
    const judge = new Judge(world)
    this.#judge = judge
    this.#work = new TransactionalWork(world, {
      where: ADDRESS,
      partitions: this.#partitions,
      protocol: this.#protocol,
      judge: () => judge.client(),
      quietLimitMs: QUIET_LIMIT_MS,
    })
  }

  async run(): Promise<ScenarioResult> {
    const { world } = this
    const segmentBytes = world.random.stream('segments').pick(SEGMENT_BYTES)
    const configs = [{ name: 'internal.segment.bytes', value: String(segmentBytes) }]
    for (const topic of TOPICS) {
      await world.settle(createTopic(this.#judge.client(), topic, this.#partitions, configs), topic)
    }
    this.#work.spawn()
    await this.#torment()
    const committed = await this.#work.finish()
    await this.#stopAndStartAgain()
    for (const [topic, before] of committed) same(topic, before, await this.#work.readTopic(topic))
    return {
      hash: world.trace.hash,
      effects: world.trace.count,
      brokerStarts: this.#broker.node.starts,
      ...this.#work.result(),
    }
  }

  failure(cause: unknown): Error {
    const { seed, trace } = this.world
    const { message } = cause as Error
    return new Error(`seed ${seed} (${this.#broker.crashMode}, ${this.#protocol}), trace ${trace.hash}:\n${message}`, {
      cause,
    })
  }

  async #torment(): Promise<void> {
    const { world } = this
    if (this.#options.isTormented === false) return world.runFor(TORMENT_MS)
    const victims = {
      broker: this.#broker,
      clients: this.#work.clients.nodes,
      fragile: [/orders/, /invoices/, /__consumer_offsets/, /__transaction_state/, /__cluster_metadata/],
      pace: TORMENT_PACE,
    }
    await torment(world, victims, TORMENT_MS, TORMENTS)
  }

  /** A clean stop leaves nothing but whole segments, and a start finds all that was there. */
  async #stopAndStartAgain(): Promise<void> {
    const { node } = this.#broker
    await this.world.settle(this.#broker.stop(), 'the broker to stop', QUIET_LIMIT_MS)
    judgeSegments(node.disk, this.#segments)
    failOn(this.#segments.violations)
    node.crash('kill')
    node.start()
  }
}

function same(topic: Topic, before: Committed, after: Committed): void {
  if (JSON.stringify([...before]) !== JSON.stringify([...after])) failOn([`${topic} is another one after a restart`])
}
