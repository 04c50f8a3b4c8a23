import { type Broker, createBroker } from '../../../src/broker.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import type { Environment } from '../../../src/env/index.ts'
import { SimClient, untilAnswered } from '../client.ts'
import type { CrashMode } from '../disk.ts'
import type { Sabotage } from '../seams.ts'
import { type SimNode, World } from '../world.ts'
import { administer, createTopic, topicIds } from './admin.ts'
import { consume } from './consumer.ts'
import { readAll } from './fetch.ts'
import { History } from './history.ts'
import { judgeSegments } from './judge-segments.ts'
import { torment } from './nemesis.ts'
import { produce } from './producer.ts'
import { tracingLogger } from './tracing-logger.ts'

const ADDRESS = { host: 'broker', port: 9092 }
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
  sabotage?: Sabotage
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
  // In a process of its own a rejection that nobody handles would have ended the broker.
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
  readonly #partitions: number
  readonly #tailCacheBytes: number
  readonly #sabotage: Sabotage
  readonly #broker: SimNode
  readonly #clients: SimNode[] = []
  readonly #judge: SimNode
  #running: Broker | null = null
  /** Producers and the administrator work until then, consumers until the end. */
  #peace = false
  #over = false
  #working = 0

  constructor(seed: number | string, options: ScenarioOptions) {
    const world = new World(seed)
    this.#world = world
    const random = world.random.stream('scenario')
    this.#crashMode = options.crashMode ?? random.pick(['kill', 'power'])
    this.#partitions = 2 + random.integer(3)
    this.#tailCacheBytes = world.random.stream('tail cache').pick(TAIL_CACHE_BYTES)
    this.#sabotage = options.sabotage ?? ((environment) => environment)
    this.#broker = world.spawn('broker', (environment) => this.#startBroker(environment))
    this.#judge = world.spawn('judge', () => {})
  }

  async run(): Promise<void> {
    const world = this.#world
    const segmentBytes = world.random.stream('segments').pick(SEGMENT_BYTES)
    const configs = [{ name: 'internal.segment.bytes', value: String(segmentBytes) }]
    await world.settle(createTopic(this.#client(), TOPIC, this.#partitions, configs), 'the topic')
    this.#spawnClients()
    await torment(
      world,
      {
        broker: this.#broker,
        clients: this.#clients,
        crashMode: this.#crashMode,
        stopBroker: () => this.#running?.stop() ?? Promise.resolve(),
        fragile: [/orders/, /__consumer_offsets/, /__cluster_metadata/],
        pace: 1,
      },
      TORMENT_MS,
    )
    this.#peace = true
    await world.runUntil(() => this.#working === 0, 'the producers to finish', QUIET_LIMIT_MS)
    const ends = await this.#judgeLogs()
    const caughtUp = () => [...ends].every(([name, end]) => this.history.committed(GROUP, name) >= end)
    await world.runUntil(caughtUp, 'the group to process everything', QUIET_LIMIT_MS)
    for (const [name, end] of ends) this.history.judgeGroup(GROUP, name, end)
    await world.settle(this.#judgeTopics(), 'the list of topics')
    this.#over = true
    await this.#stopAndStartAgain()
  }

  failed(error: unknown): void {
    this.#world.fail(error)
  }

  result(): ScenarioResult {
    return {
      hash: this.#world.trace.hash,
      effects: this.#world.trace.count,
      acknowledged: this.history.acknowledgedCount,
      commits: this.history.committedCount,
      brokerStarts: this.#broker.starts,
    }
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
      'log.index.interval.bytes': '256',
      'offsets.topic.num.partitions': '2',
      // Small ones let go of bytes while answers with them are under way.
      'samsa.log.tail.cache.bytes': String(this.#tailCacheBytes),
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
    // Recovery has cut what was torn, and the simulated kernel tears nothing but in a crash.
    judgeSegments(this.#broker.disk, this.history)
    this.#running = broker
  }

  /** The process ends, and whoever looks after it has changed the disk and starts it again. */
  #exit(): void {
    this.#world.plan(0, () => {
      if (!this.#broker.isUp) return
      this.#broker.crash('kill')
      this.#broker.disk.clearFaults()
      this.#world.plan(100, () => this.#broker.isUp || this.#broker.start())
    })
  }

  #spawnClients(): void {
    const shared = { address: ADDRESS, history: this.history, topic: TOPIC, partitions: this.#partitions }
    const goesOn = () => !this.#peace
    for (const name of ['producer-1', 'producer-2']) {
      this.#spawnWorker(name, (environment, life) => produce(environment, { ...shared, name: life, goesOn }))
    }
    this.#spawnWorker('admin', (environment, life) => administer(environment, { ...shared, name: life, goesOn }))
    for (const name of ['consumer-1', 'consumer-2', 'consumer-3']) {
      const options = { ...shared, name, group: GROUP, goesOn: () => !this.#over }
      this.#clients.push(this.#world.spawn(name, (environment) => consume(environment, options)))
    }
  }

  /** A client whose work has an end, each of its lives under a name of its own. */
  #spawnWorker(name: string, work: (environment: Environment, life: string) => Promise<void>): void {
    let working = false
    const node: SimNode = this.#world.spawn(name, async (environment) => {
      if (!working) this.#working++
      working = true
      await work(environment, `${name}-${node.starts}`)
      this.#working--
      working = false
    })
    this.#clients.push(node)
  }

  #client(): SimClient {
    return new SimClient(this.#judge.process.environment, 'judge', ADDRESS)
  }

  /** Reads every partition from the start; its end, by name. */
  async #judgeLogs(): Promise<Map<string, number>> {
    const ends = new Map<string, number>()
    for (let partition = 0; partition < this.#partitions; partition++) {
      const name = `${TOPIC}-${partition}`
      const records = await this.#world.settle(
        readAll(this.#client(), TOPIC, partition),
        `all of ${name}`,
        QUIET_LIMIT_MS,
      )
      this.history.judgeLog(name, records)
      ends.set(name, records.length)
    }
    return ends
  }

  async #judgeTopics(): Promise<void> {
    const client = this.#client()
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
    await this.#world.settle(this.#running?.stop() ?? Promise.resolve(), 'the broker to stop', QUIET_LIMIT_MS)
    judgeSegments(this.#broker.disk, this.history)
    this.#broker.crash('kill')
    this.#broker.start()
    await this.#judgeLogs()
  }
}
