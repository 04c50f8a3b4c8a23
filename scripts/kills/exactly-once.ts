import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { RelayProcess } from '../../compat-tests/exactly-once/relay-process.ts'
import type { BrokerProcess } from '../../compat-tests/support/broker.ts'
import { classPathOf } from '../../compat-tests/support/java.ts'
import { samsaBroker } from '../../compat-tests/support/samsa.ts'
import { eventually } from '../../compat-tests/support/wait.ts'
import { findViolations } from '../../proof/histories/check.ts'
import type { CommittedRecord } from '../../proof/histories/committed-records.ts'
import { judgeExactlyOnce } from '../../proof/histories/exactly-once.ts'
import { Recorder } from '../../proof/histories/recorder.ts'
import { SimClient } from '../../proof/sim/client.ts'
import { createTopic } from '../../proof/sim/scenarios/admin.ts'
import { GroupMember } from '../../proof/sim/scenarios/group-member.ts'
import { deal } from '../../proof/sim/transactions/dealer.ts'
import { readAll } from '../../proof/sim/transactions/reader.ts'
import { sourceOf } from '../../proof/sim/transactions/relay.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { apacheKafka } from '../toolchain/apache-kafka.ts'

const ORDERS = 'orders'
const PARTITIONS = 4
const BROKER_LIVES_MS = [2_000, 8_000] as const
const CLIENT_LIVES_MS = [2_000, 9_000] as const
const CATCH_UP_MS = 180_000
const ROOT = join(import.meta.dirname, '../..')

export interface Relays {
  readonly client: string
  readonly topic: string
  readonly group: string
  readonly processes: readonly RelayProcess[]
}

export interface RelayedTopic {
  readonly client: string
  readonly relayed: number
  readonly kills: number
  readonly problems: readonly string[]
}

export interface ExactlyOnceKills {
  readonly brokerKills: number
  readonly orders: number
  readonly aborted: number
  readonly violations: readonly string[]
  readonly topics: readonly RelayedTopic[]
}

/**
 * Consume, transform, produce over real processes, of kafkajs and of Java's clients, each killed at random while the
 * broker is; what feeds them commits some transactions and aborts others, and so do they. In the end each committed order
 * must have been relayed by both exactly once, in order, and nothing else.
 */
export async function relayThroughKills(brokerKills: number, say: (text: string) => void): Promise<ExactlyOnceKills> {
  const broker = await samsaBroker({
    properties: {
      'group.min.session.timeout.ms': '1000',
      'group.initial.rebalance.delay.ms': '0',
      'offsets.topic.num.partitions': '4',
      'transaction.state.log.num.partitions': '4',
      'log.segment.bytes': '1048576',
    },
  })
  let all: Relays[] = []
  try {
    await broker.start()
    const loop = new Loop(broker)
    all = await loop.relays()
    await loop.begin(all.map(({ topic }) => topic))
    for (const { processes } of all) for (const process of processes) process.start()
    await torment(broker, all, brokerKills, say)
    return await loop.end(all, brokerKills, say)
  } finally {
    for (const { processes } of all) for (const process of processes) await process.stop()
    await broker.dispose()
  }
}

class Loop {
  readonly #broker: BrokerProcess
  readonly #environment = nodeEnvironment()
  readonly #address: { host: string; port: number }
  readonly #admin: SimClient
  readonly #recorder = new Recorder(() => performance.now())
  #dealing: Promise<void> = Promise.resolve()
  #goesOn = true

  constructor(broker: BrokerProcess) {
    this.#broker = broker
    this.#address = { host: broker.host, port: broker.port }
    this.#admin = new SimClient(this.#environment, 'admin', this.#address)
  }

  /** One kafkajs relay, which is all that may use a transactional id without naming its member, and two of Java's. */
  async relays(): Promise<Relays[]> {
    const { bootstrapServers } = this.#broker
    const kafkajs = join(ROOT, 'compat-tests/exactly-once/kafkajs-relay.ts')
    const node = [process.execPath, `--import=${import.meta.resolve('tsx')}`, kafkajs] as const
    const relay = (client: string, index: number, command: readonly [string, ...string[]]) =>
      new RelayProcess(`${client}-${index}`, [
        ...command,
        bootstrapServers,
        `group-${client}`,
        `${client}-${index}`,
        ORDERS,
        `out-${client}`,
      ])
    const named = (client: string) => ({ client, topic: `out-${client}`, group: `group-${client}` })
    const relays: Relays[] = [{ ...named('kafkajs'), processes: [relay('kafkajs', 0, node)] }]
    const kafka = await apacheKafka()
    if (!kafka.ok) return relays
    const classPath = await classPathOf(kafka.tool, [join(ROOT, 'compat-tests/exactly-once/java/Relay.java')])
    const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx128m', '-Xshare:auto']
    const java = [kafka.tool.jdk.path, ...quickStart, '-cp', classPath, 'Relay'] as const
    return [...relays, { ...named('java'), processes: [relay('java', 0, java), relay('java', 1, java)] }]
  }

  async begin(topics: readonly string[]): Promise<void> {
    for (const topic of [ORDERS, ...topics]) await createTopic(this.#admin, topic, PARTITIONS)
    this.#dealing = deal(this.#environment, {
      name: 'customer',
      address: this.#address,
      transactionalId: 'customer',
      transactionTimeoutMs: 10_000,
      protocol: 'implicit',
      recorder: this.#recorder,
      topic: ORDERS,
      partitions: PARTITIONS,
      polls: false,
      pauseMs: 60,
      goesOn: () => this.#goesOn,
    })
  }

  /** Waits until everything is relayed, and judges. */
  async end(all: readonly Relays[], brokerKills: number, say: (text: string) => void): Promise<ExactlyOnceKills> {
    this.#goesOn = false
    await this.#dealing
    const orders = await this.#readTopic(ORDERS)
    const topics: RelayedTopic[] = []
    for (const { client, topic, group, processes } of all) {
      say(`waiting for ${client} to catch up`)
      await eventually(`${client} to catch up`, () => this.#hasCaughtUp(group, orders), CATCH_UP_MS)
      for (const process of processes) await process.stop()
      topics.push({
        client,
        ...judge(orders, await this.#readTopic(topic)),
        kills: processes.reduce((sum, { counts }) => sum + counts.kills, 0),
      })
    }
    const violations = findViolations(this.#recorder.operations).map(({ type, text }) => `${type}: ${text}`)
    const aborted = this.#recorder.operations.filter((each) => 'outcome' in each && each.outcome === 'fail').length
    return { brokerKills, orders: count(orders), aborted, violations, topics }
  }

  async #readTopic(topic: string): Promise<Map<string, CommittedRecord[]>> {
    const all = new Map<string, CommittedRecord[]>()
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const name = `${topic}-${partition}`
      const records = await readAll(this.#admin, topic, partition)
      all.set(name, records)
      if (topic !== ORDERS) continue
      const work = this.#recorder.begin('judge', 'poll')
      work.poll(new Map([[name, records]]), new Map([[name, Number.POSITIVE_INFINITY]]))
      work.end('ok')
    }
    return all
  }

  async #hasCaughtUp(group: string, orders: ReadonlyMap<string, readonly CommittedRecord[]>): Promise<boolean> {
    const options = { name: 'judge', group, address: this.#address, topic: ORDERS, partitions: PARTITIONS }
    const times = { sessionTimeoutMs: 3000, rebalanceTimeoutMs: 3000 }
    const member = new GroupMember(this.#environment, { ...options, ...times })
    const committed = await member.committed(Array.from({ length: PARTITIONS }, (_, partition) => partition))
    member.client.close()
    if (committed === null) return false
    return [...committed].every(([partition, offset]) => {
      const last = orders.get(`${ORDERS}-${partition}`)?.at(-1)
      return last === undefined || offset > last.offset
    })
  }
}

function judge(
  orders: ReadonlyMap<string, readonly CommittedRecord[]>,
  relayed: ReadonlyMap<string, readonly CommittedRecord[]>,
): { relayed: number; problems: string[] } {
  const inputs = new Map([...orders].map(([name, records]) => [name, records.map(withKey)]))
  const outputs = new Map(
    [...relayed].map(([name, records]) => {
      const made = records.map(({ key, value }) => {
        const { partition, offset } = sourceOf(value)
        return { key: key ?? '', source: { log: `${ORDERS}-${partition}`, offset } }
      })
      return [name, made]
    }),
  )
  return { relayed: count(relayed), problems: judgeExactlyOnce(inputs, outputs) }
}

const withKey = ({ offset, key }: CommittedRecord) => ({ offset, key: key ?? '' })
const count = (topic: ReadonlyMap<string, readonly unknown[]>) =>
  [...topic.values()].reduce((sum, records) => sum + records.length, 0)

/** Kills the broker so often, and clients all the while. */
async function torment(
  broker: BrokerProcess,
  all: readonly Relays[],
  brokerKills: number,
  say: (text: string) => void,
): Promise<void> {
  const processes = all.flatMap((relays) => relays.processes)
  let goesOn = true
  const killClients = async () => {
    while (goesOn) {
      await delay(between(CLIENT_LIVES_MS))
      processes[Math.floor(Math.random() * processes.length)].kill()
    }
  }
  const killing = killClients()
  for (let kill = 1; kill <= brokerKills; kill++) {
    await delay(between(BROKER_LIVES_MS))
    await broker.restart()
    if (kill % 10 === 0) say(`the broker was killed ${kill} times`)
  }
  goesOn = false
  await killing
}

const between = ([low, high]: readonly [number, number]) => low + Math.random() * (high - low)
