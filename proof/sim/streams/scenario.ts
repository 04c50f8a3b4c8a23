import { createTopic } from '../scenarios/admin.ts'
import { Clients } from '../scenarios/clients.ts'
import { History } from '../scenarios/history.ts'
import { Judge, runJudged } from '../scenarios/judge.ts'
import { torment } from '../scenarios/nemesis.ts'
import { ADDRESS, TormentedBroker } from '../scenarios/tormented-broker.ts'
import type { Sabotage } from '../seams.ts'
import { World } from '../world.ts'
import { process, REBALANCE_TIMEOUT_MS } from './streams-member.ts'
import { TaskHistory } from './task-history.ts'
import { planOf } from './topology.ts'

const TOPIC = 'lines'
const GROUP = 'counting'
const SESSION_MS = 6000
const STANDBY_REPLICAS = 1
const TORMENT_MS = 30_000
const QUIET_LIMIT_MS = 180_000
/** Two of the members are threads of one process. */
const MEMBERS = [
  ['thread-1', 'process-1'],
  ['thread-2', 'process-1'],
  ['thread-3', 'process-2'],
  ['thread-4', 'process-3'],
] as const

export interface StreamsOptions {
  /** Changes the broker's environment for the worse: a bug planted on purpose. */
  readonly sabotage?: Sabotage | undefined
}

export interface StreamsResult {
  readonly hash: string
  readonly effects: number
  readonly brokerStarts: number
  readonly assignments: number
  readonly commits: number
}

/**
 * A broker and a streams group of four members in three processes (KIP-1071), tormented for a while and then left in
 * peace. Throws, with the seed and the story, when what the members were told cannot all be true, or when tasks are
 * left that nobody has.
 */
export async function runStreams(seed: number | string, options: StreamsOptions = {}): Promise<StreamsResult> {
  const scenario = new Scenario(seed, options)
  await runJudged(scenario)
  return scenario.result()
}

class Scenario {
  readonly history = new History()
  readonly world: World
  readonly broker: TormentedBroker
  readonly #partitions: number
  readonly #tasks: TaskHistory
  readonly #judge: Judge
  readonly #clients: Clients
  #over = false

  constructor(seed: number | string, { sabotage }: StreamsOptions) {
    const world = new World(seed)
    this.world = world
    const random = world.random.stream('scenario')
    const crashMode = random.pick(['kill', 'power'] as const)
    this.#partitions = 2 + random.integer(4)
    const timeouts = { sessionMs: SESSION_MS, rebalanceMs: REBALANCE_TIMEOUT_MS }
    this.#tasks = new TaskHistory(this.history, planOf(this.#partitions, STANDBY_REPLICAS), timeouts)
    this.broker = new TormentedBroker(world, {
      crashMode,
      sabotage,
      properties: {
        'offsets.topic.num.partitions': '2',
        'group.streams.min.session.timeout.ms': '1000',
        'group.streams.session.timeout.ms': String(SESSION_MS),
        'group.streams.min.heartbeat.interval.ms': '500',
        'group.streams.heartbeat.interval.ms': '1000',
        'group.streams.num.standby.replicas': String(STANDBY_REPLICAS),
        'group.streams.initial.rebalance.delay.ms': random.pick(['0', '2000']),
        'group.streams.assignment.interval.ms': random.pick(['0', '1500']),
      },
    })
    this.#judge = new Judge(world)
    this.#clients = new Clients(world)
  }

  async run(): Promise<void> {
    const { world, broker } = this
    await world.settle(createTopic(this.#judge.client(), TOPIC, this.#partitions), 'the topic')
    for (const [name, processId] of MEMBERS) this.#spawn(name, processId)
    const fragile = [/__consumer_offsets/, /lines/]
    await torment(world, { broker, clients: this.#clients.nodes, fragile, pace: 1 }, TORMENT_MS)
    await this.#finish()
    this.#over = true
  }

  #spawn(name: string, processId: string): void {
    const { history, world } = this
    const shared = { address: ADDRESS, history, topic: TOPIC, group: GROUP, tasks: this.#tasks }
    this.#clients.spawn(name, (environment, life) => {
      // A life that ended had its tasks, and nobody hears of it again.
      for (let earlier = 1; earlier < life; earlier++) this.#tasks.lost(`${name}-${earlier}`)
      const who = { name: `${name}-${life}`, process: processId, nowMs: () => world.timeMs, goesOn: () => !this.#over }
      return process(environment, { ...shared, ...who })
    })
  }

  /** Members leave now and then for as long as they live, so that it is enough that all tasks are where they belong once. */
  async #finish(): Promise<void> {
    try {
      const isDone = () => this.#tasks.unfinished().length === 0
      await this.world.runUntil(isDone, 'each task to be where it belongs', QUIET_LIMIT_MS)
    } catch (error) {
      this.history.violation(`not as it is to be: ${this.#tasks.unfinished().join(', ')}`)
      throw error
    }
  }

  result(): StreamsResult {
    const { trace } = this.world
    const { assignments } = this.#tasks
    const { committedCount: commits } = this.history
    return { hash: trace.hash, effects: trace.count, brokerStarts: this.broker.node.starts, assignments, commits }
  }
}
