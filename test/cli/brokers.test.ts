/** `samsa --brokers` as a user runs it: processes, their lines, their ends, and what is on the disk afterwards. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import t from 'tap'
import { planOf, propertiesOfNode } from '../../src/cli/brokers/settings.ts'
import { packagedCommand } from '../support/packaged-command.ts'

const { Kafka, logLevel } = kafkajs
const MAIN = await packagedCommand(t.testdir())

t.setTimeout(180_000)

class Cluster {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly ended: Promise<{ code: number | null; signal: string | null }>

  constructor(args: readonly string[]) {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, KAFKA_SAMSA_HTTP_LISTENERS: '' }
    this.child = spawn(process.execPath, [MAIN, ...args], { env })
    this.child.stdout!.on('data', (chunk) => {
      this.stdout += chunk
    })
    this.child.stderr!.on('data', (chunk) => {
      this.stderr += chunk
    })
    this.ended = once(this.child, 'close').then(([code, signal]) => ({ code, signal }))
  }

  async says(words: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = words.exec(this.stdout)
      if (found !== null) return found
      const ended = await Promise.race([once(this.child.stdout!, 'data').then(() => null), this.ended])
      if (ended) throw new Error(`it ended with ${ended.code}: ${this.stderr}`)
    }
  }

  /** `host:port` of the brokers. */
  async ready(): Promise<string[]> {
    const [, brokers] = await this.says(/is ready: \d brokers, kafka at (.*?), controller at/)
    return brokers!.split(', ')
  }

  /** The process of a node, as its lines have it. */
  pidOf(node: string): number {
    return Number(new RegExp(`"node":"${node}".*?"pid":(\\d+)`).exec(this.stdout)?.[1])
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A process that is no child of this one has no event: it is looked for until it is gone. */
async function isGone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
}

const clientOf = (brokers: string[]) =>
  new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 50, initialRetryTime: 50, maxRetryTime: 500 } })

t.test('processes that are one cluster, whose data and ids the next start goes on with', async (t) => {
  const data = join(t.testdir(), 'cluster')
  const words = ['--brokers', '3', '--port', '0', '--data', data, '--topic', 'orders:3', '--log-format', 'json']
  const first = new Cluster(words)
  const brokers = await first.ready()
  t.equal(brokers.length, 3)
  const kafka = clientOf(brokers)
  const admin = kafka.admin()
  await admin.connect()
  const { brokers: members } = await admin.describeCluster()
  t.same(members.map(({ nodeId }) => nodeId).sort(), [1, 2, 3])
  const { topics } = await admin.fetchTopicMetadata({ topics: ['orders'] })
  t.ok(topics[0]!.partitions.every(({ isr }) => isr.length === 3))
  await admin.disconnect()
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'orders', acks: -1, messages: [{ value: 'kept' }] })
  await producer.disconnect()
  const pids = [1, 2, 3].map((id) => first.pidOf(`broker-${id}`))
  t.equal(new Set([...pids, first.child.pid]).size, 4, 'each broker is a process of its own')

  first.child.kill('SIGINT')
  t.same(await first.ended, { code: 0, signal: null })
  for (const pid of pids) t.notOk(isAlive(pid))
  const lines = first.stdout.trim().split('\n')
  const isLine = (line: string) =>
    ['controller', 'broker-1', 'broker-2', 'broker-3', 'samsa'].includes(JSON.parse(line).node)
  t.ok(lines.every(isLine), 'each line is JSON and has its node')
  const last = (node: string) => lines.findLastIndex((line) => line.startsWith(`{"node":"${node}"`))
  t.ok(last('samsa') > Math.max(last('broker-1'), last('broker-2'), last('broker-3')))
  for (const id of [1, 2, 3]) {
    const properties = readFileSync(join(data, `broker-${id}`, 'meta.properties'), 'utf8')
    t.match(properties, new RegExp(`^node\\.id=${id}$`, 'm'))
    t.ok(existsSync(join(data, `broker-${id}`, '.kafka_cleanshutdown')), 'it was stopped in good order')
  }

  const second = new Cluster(words)
  const again = clientOf(await second.ready())
  const consumer = again.consumer({ groupId: 'g' })
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  const value = await new Promise<string>((resolve) => {
    void consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) })
  })
  t.equal(value, 'kept')
  await consumer.disconnect()
  second.child.kill('SIGTERM')
  t.same(await second.ended, { code: 0, signal: null })
})

t.test('a broker that dies is said, and stays away; without its parent none is left behind', async (t) => {
  const cluster = new Cluster(['--brokers', '2', '--port', '0', '--ephemeral', '--log-format', 'json'])
  await cluster.ready()
  const [first, second] = [cluster.pidOf('broker-1'), cluster.pidOf('broker-2')]
  process.kill(second, 'SIGKILL')
  await cluster.says(/Broker 2 has ended \(SIGKILL\)\. It is not started again; the others go on\./)
  t.ok(isAlive(first))
  cluster.child.kill('SIGKILL')
  t.same(await cluster.ended, { code: null, signal: 'SIGKILL' })
  await isGone(first)
})

t.test('lines for people begin with the name of the node', async (t) => {
  const cluster = new Cluster(['--brokers', '1', '--port', '0', '--ephemeral', '--log-format', 'pretty'])
  await cluster.says(/^broker-1 {3}\| samsa \S+ is ready: kafka at/m)
  await cluster.says(/^samsa \S+ is ready: 1 brokers|^samsa {6}\| .*is ready/m)
  t.notMatch(cluster.stdout, '\u001b', 'no terminal, no colours')
  cluster.child.kill('SIGINT')
  t.match(await cluster.ended, { code: 0 })
})

t.test('mistakes are one clear sentence', async (t) => {
  const says = async (words: string[]) => {
    const cluster = new Cluster(words)
    const { code } = await cluster.ended
    return `${code} ${cluster.stderr}`
  }
  const data = t.testdir({ 'meta.properties': 'version=1\n' })
  t.match(await says(['--brokers', 'x']), /A cluster has between 1 and 100 brokers/)
  t.match(await says(['--brokers', '2', '--user', 'a:b']), /cannot be used with option/)
  t.match(
    await says(['--brokers', '2', '--set', 'node.id=1']),
    "1 samsa: node.id is each node's own, and --brokers sets it: leave it away, or start the nodes one by one.",
  )
  t.match(await says(['--brokers', '2', '--port', '0', '--data', data]), /is the data directory of one broker/)
  t.match(
    await says(['--brokers', '2', '--port', '0', '--ephemeral', '--set', 'nonsense=1', '--log-level', 'silent']),
    /nonsense/,
  )
})

t.test('ports, and keys that a person has set', async (t) => {
  const plan = planOf(3, undefined, new Set(['min.insync.replicas']))
  const second = new Map(propertiesOfNode(plan, 2, 9095))
  t.equal(second.get('listeners'), 'PLAINTEXT://localhost:9093')
  t.equal(second.get('controller.quorum.bootstrap.servers'), 'localhost:9095')
  t.equal(second.get('default.replication.factor'), '3')
  t.notOk(second.has('min.insync.replicas'), 'a person has said it')
  t.equal(new Map(propertiesOfNode(plan, 'controller', 9095)).get('listeners'), 'CONTROLLER://localhost:9095')
  t.throws(() => planOf(3, 65_533, new Set()), { message: '--port 65533 leaves no room for 3 brokers.' })
})
