/** samsa in a program: what `startBroker` promises, seen by kafkajs and by the process itself. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import t from 'tap'
import { createBroker } from '../src/broker.ts'
import { loadConfig } from '../src/config/index.ts'
import { nodeEnvironment } from '../src/env/node/index.ts'
import { silentLogger } from '../src/env/silent-logger.ts'
import { type StartBrokerOptions, startBroker } from '../src/index.ts'

const { ConfigResourceTypes, Kafka, logLevel } = kafkajs

t.setTimeout(120_000)

/** Temporary data goes where a test can see all of it. */
const temporary = t.testdir()
process.env.TMPDIR = temporary

const BROKER_ID = '1'

const client = (broker: { bootstrapServers: string }) =>
  new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING })

async function topicsOf(broker: { bootstrapServers: string }): Promise<string[]> {
  const admin = client(broker).admin()
  await admin.connect()
  const topics = await admin.listTopics()
  await admin.disconnect()
  return topics.sort()
}

t.test('await using starts a broker and leaves nothing', async (t) => {
  const open = createServer()
  let port: number
  {
    await using broker = await startBroker({ topics: ['orders:2', 'users:1:cleanup.policy=compact,delete'] })
    port = broker.port
    t.equal(broker.data, null)
    t.equal(broker.bootstrapServers, `localhost:${broker.port}`)
    t.same(await topicsOf(broker), ['orders', 'users'])
    t.same(readdirSync(temporary), [], 'the data is in memory')
  }
  open.listen(port, 'localhost')
  await once(open, 'listening')
  open.close()
})

t.test('many brokers live in one process', async (t) => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const brokers = await Promise.all(names.map((name) => startBroker({ topics: [name] })))
  t.equal(new Set(brokers.map(({ port }) => port)).size, names.length)
  t.same(
    await Promise.all(brokers.map(topicsOf)),
    names.map((name) => [name]),
  )
  await Promise.all(brokers.map((broker) => broker.stop()))
  t.same(readdirSync(temporary), [])
})

t.test(
  'starts and stops leave no descriptors and no files',
  {
    skip: !existsSync('/proc/self/fd') && 'the descriptors of a process cannot be listed here',
  },
  async (t) => {
    const descriptors = () => readdirSync('/proc/self/fd').length
    const startAndStop = async () => (await startBroker({ topics: ['t:3'] })).stop()
    await startAndStop()
    const before = descriptors()
    for (let count = 0; count < 20; count++) await startAndStop()
    // The first start and stop may leave a socket that the system has yet to close: fewer is no leak.
    t.ok(descriptors() <= before, 'twenty more starts and stops hold nothing that one does not')
    t.same(readdirSync(temporary), [])
  },
)

t.test('data that was named stays, with all that was changed while it ran', async (t) => {
  const data = join(t.testdir(), 'data')
  const first = await startBroker({ data, topics: ['kept:3'] })
  const admin = client(first).admin()
  await admin.connect()
  const configEntries = [{ name: 'log.retention.ms', value: '12345678' }]
  const resources = [{ type: ConfigResourceTypes.BROKER, name: BROKER_ID, configEntries }]
  await admin.alterConfigs({ validateOnly: false, resources })
  await admin.disconnect()
  await first.stop()
  await first.stop()

  await using second = await startBroker({ data, topics: ['kept:3'] })
  t.same(await topicsOf(second), ['kept'])
  const again = client(second).admin()
  await again.connect()
  const described = await again.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.BROKER, name: BROKER_ID, configNames: ['log.retention.ms'] }],
  })
  await again.disconnect()
  t.match(described.resources[0].configEntries, [{ configName: 'log.retention.ms', configValue: '12345678' }])
})

t.test('the environment of the process is not looked at', async (t) => {
  process.env.KAFKA_CREATE_TOPICS = 'unwanted'
  process.env.KAFKA_NUM_PARTITIONS = 'no number'
  t.teardown(() => {
    delete process.env.KAFKA_CREATE_TOPICS
    delete process.env.KAFKA_NUM_PARTITIONS
  })
  await using broker = await startBroker()
  t.same(await topicsOf(broker), [])
})

t.test('bootstrapServers is what a client can use, whatever the listener is bound to', async (t) => {
  for (const [host, reached] of [
    ['0.0.0.0', 'localhost'],
    ['', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
  ]) {
    await using broker = await startBroker({ config: { listeners: `PLAINTEXT://${host}:0` } })
    t.equal(broker.bootstrapServers, `${reached}:${broker.port}`)
    t.same(await topicsOf(broker), [])
  }
})

const mistakes: [name: string, options: StartBrokerOptions, error: { name: string; message: RegExp }][] = [
  [
    'an unknown key',
    { config: { 'num.partition': 3 } },
    { name: 'ConfigError', message: /^There is no configuration num.partition; did you mean num.partitions\?$/ },
  ],
  [
    'a bad value',
    { config: { 'num.partitions': 'x' } },
    { name: 'ConfigError', message: /^Invalid value x for configuration num.partitions/ },
  ],
  ['a bad topic', { topics: ['a:x'] }, { name: 'ConfigError', message: /^Cannot read the topic a:x/ }],
  [
    'a topic with a bad config',
    { topics: ['a:1:no.such.key=1'] },
    { name: 'Error', message: /^Cannot create topic a: Unknown topic config name: no.such.key/ },
  ],
]
for (const [name, options, error] of mistakes) {
  t.test(`${name} rejects and leaves nothing`, async (t) => {
    await t.rejects(startBroker(options), error)
    t.same(readdirSync(temporary), [])
  })
}

t.test('a port in use rejects and leaves nothing', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  await t.rejects(startBroker({ port }), { message: `Port ${port} on localhost is already in use` })
  other.close()
  t.same(readdirSync(temporary), [])
})

t.test('data in use by a broker of the same process rejects', async (t) => {
  const data = join(t.testdir(), 'data')
  await using broker = await startBroker({ data })
  await t.rejects(startBroker({ data }), { message: /is in use by another broker/ })
  t.same(await topicsOf(broker), [])
})

t.test('a stop during the start gives it up and frees the data', async (t) => {
  const data = join(t.testdir(), 'data')
  const environment = nodeEnvironment()
  const given = new Map([
    ['listeners', 'PLAINTEXT://localhost:0'],
    ['log.dirs', data],
  ])
  const broker = createBroker({ config: loadConfig({ given }).config, environment, logger: silentLogger() })
  const start = broker.start()
  const stop = broker.stop()
  await t.rejects(start, { message: 'The broker was stopped before it was ready.' })
  await stop
  await using next = await startBroker({ data })
  t.same(await topicsOf(next), [])
})

t.test('a program lives as long as its broker, and ends by itself after the stop', async (t) => {
  const program = `
    import { startBroker } from ${JSON.stringify(join(import.meta.dirname, '../src/index.ts'))}
    const broker = await startBroker()
    process.stdin.once('data', () => broker.stop())
    process.stdin.unref?.()
    console.log('started')`
  const args = ['--import=tsx', '--input-type=module', '--eval', program]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  t.equal(child.exitCode, null)
  child.stdin.write('stop')
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
  child.stdin.destroy()
})
