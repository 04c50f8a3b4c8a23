import { untilAnswered } from '../client.ts'
import type { CrashMode } from '../disk.ts'
import type { Sabotage } from '../seams.ts'
import { World } from '../world.ts'
import { administer, createTopic, topicIds } from './admin.ts'
import { Clients } from './clients.ts'
import { consume } from './consumer.ts'
import { History } from './history.ts'
import { Judge, runJudged } from './judge.ts'
import { judgeSegments } from './judge-segments.ts'
import { BLOWS, type Blow, torment } from './nemesis.ts'
import { produce } from './producer.ts'
import { ADDRESS, TormentedBroker } from './tormented-broker.ts'

const TOPIC = 'orders'
const GROUP = 'workers'
/** So small that the segments roll, or so large that they do not. */
const TAIL_CACHE_BYTES = [0, 3_000, 20_000, 64 * 1024 * 1024]
const SEGMENT_BYTES = [2000, 5000, 1024 * 1024]
const TORMENT_MS = 25_000
const QUIET_LIMIT_MS = 180_000

export interface ScenarioOptions {
  /** Default: by the seed. */
  crashMode?: CrashMode
  /** Changes the broker's environment for the worse: a bug planted on purpose. */
  sabotage?: Sabotage | undefined
  /** Given: these happen in place of the usual ones, to a broker in a test's hand. */
  blowsInHand?: readonly Blow[]
}

export interface ScenarioResult {
  hash: string
  effects: number
  acknowledged: number
  commits: number
  brokerStarts: number
}

/**
 * A broker, two idempotent producers, a group of three consumers and an administrator, tormented for a while and then
 * left in peace. Throws, with the seed and the story, when what the clients were told cannot all be true, when a part
 * fails, or when peace does not bring everything to its end.
 *
 * With `kill` the broker runs as it does by default. With `power` it flushes every append before it answers
 * (log.flush.interval.messages=1), since only then does Kafka promise anything about a loss of power.
 */
export async function runScenario(seed: number | string, options: ScenarioOptions = {}): Promise<ScenarioResult> {
  const scenario = new Scenario(seed, options)
  await runJudged(scenario)
  return scenario.result()
}

class Scenario {
  readonly history = new History()
  readonly world: World
  readonly broker: TormentedBroker
  readonly #partitions: number
  readonly #clients: Clients
  readonly #judge: Judge
  /** Producers and the administrator work until then, consumers until the end. */
  #peace = false
  #over = false

  readonly #blows: readonly Blow[]

  constructor(seed: number | string, { crashMode, sabotage, blowsInHand }: ScenarioOptions) {
    this.#blows = blowsInHand ?? BLOWS
    const world = new World(seed)
    this.world = world
    const random = world.random.stream('scenario')
    const mode = crashMode ?? random.pick(['kill', 'power'])
    this.#partitions = 2 + random.integer(3)
    this.broker = new TormentedBroker(world, {
      crashMode: mode,
      sabotage,
      hasFaults: blowsInHand !== undefined,
      properties: {
        'log.index.interval.bytes': '256',
        'offsets.topic.num.partitions': '2',
        // Small ones let go of bytes while answers with them are under way.
        'samsa.log.tail.cache.bytes': String(world.random.stream('tail cache').pick(TAIL_CACHE_BYTES)),
      },
      // Recovery has cut what was torn, and the simulated kernel tears nothing but in a crash.
      started: () => this.#judgeSegments(),
    })
    this.#judge = new Judge(world)
    this.#clients = new Clients(world)
  }

  async run(): Promise<void> {
    const { world, broker, history } = this
    const segmentBytes = world.random.stream('segments').pick(SEGMENT_BYTES)
    const configs = [{ name: 'internal.segment.bytes', value: String(segmentBytes) }]
    await world.settle(createTopic(this.#judge.client(), TOPIC, this.#partitions, configs), 'the topic')
    this.#spawnClients()
    await torment(
      world,
      {
        broker,
        clients: this.#clients.nodes,
        fragile: [/orders/, /__consumer_offsets/, /__cluster_metadata/],
        pace: 1,
      },
      TORMENT_MS,
      this.#blows,
    )
    this.#peace = true
    await world.runUntil(() => this.#clients.areDone, 'the producers to finish', QUIET_LIMIT_MS)
    const ends = await this.#judgeLogs()
    const caughtUp = () => [...ends].every(([name, end]) => history.committed(GROUP, name) >= end)
    await world.runUntil(caughtUp, 'the group to process everything', QUIET_LIMIT_MS)
    for (const [name, end] of ends) history.judgeGroup(GROUP, name, end)
    await world.settle(this.#judgeTopics(), 'the list of topics')
    this.#over = true
    await this.#stopAndStartAgain()
  }

  result(): ScenarioResult {
    return {
      hash: this.world.trace.hash,
      effects: this.world.trace.count,
      acknowledged: this.history.acknowledgedCount,
      commits: this.history.committedCount,
      brokerStarts: this.broker.node.starts,
    }
  }

  #spawnClients(): void {
    const shared = { address: ADDRESS, history: this.history, topic: TOPIC, partitions: this.#partitions }
    const goesOn = () => !this.#peace
    for (const name of ['producer-1', 'producer-2']) {
      this.#clients.spawnWorker(name, (environment, life) =>
        produce(environment, { ...shared, name: `${name}-${life}`, goesOn }),
      )
    }
    this.#clients.spawnWorker('admin', (environment, life) =>
      administer(environment, { ...shared, name: `admin-${life}`, goesOn }),
    )
    for (const name of ['consumer-1', 'consumer-2', 'consumer-3']) {
      const options = { ...shared, name, group: GROUP, goesOn: () => !this.#over }
      this.#clients.spawn(name, (environment) => consume(environment, options))
    }
  }

  #judgeSegments(): void {
    judgeSegments(this.broker.node.disk, this.history)
  }

  #judgeLogs(): Promise<Map<string, number>> {
    return this.#judge.judgeLogs(this.history, TOPIC, this.#partitions, QUIET_LIMIT_MS)
  }

  async #judgeTopics(): Promise<void> {
    const client = this.#judge.client()
    const found = await untilAnswered(client.environment, () => topicIds(client))
    for (const [name, id] of this.history.topics) {
      if (found.get(name) !== id) this.history.violation(`the topic ${name} should be ${id}, but is ${found.get(name)}`)
    }
    for (const [name, id] of found) {
      if (this.history.deletedTopicIds.has(id)) this.history.violation(`the deleted topic ${name} is back`)
    }
  }

  /** A clean stop leaves nothing but whole segments, and a start finds all that was there. */
  async #stopAndStartAgain(): Promise<void> {
    const { node } = this.broker
    await this.world.settle(this.broker.stop(), 'the broker to stop', QUIET_LIMIT_MS)
    this.#judgeSegments()
    node.crash('kill')
    node.start()
    await this.#judgeLogs()
  }
}
