/**
 * `make bench-hand`: what a test waits for when it has samsa in its hand, as the packed package gives it: import, start,
 * stop, reset, fork, the memory of an idle broker, and what a hundred rules that match nothing cost a producer. Medians,
 * beside what was promised, and beside kfake, the mock cluster of librdkafka and Apache Kafka where they have the same.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { table } from '../compat-tests/support/report.ts'
import type * as samsa from '../src/index.ts'
import { type Life, measured, OTHERS } from './bench-hand/others.ts'
import { repositoryRoot } from './toolchain/lookup.ts'

const packed = join(repositoryRoot, 'dist/index.js')
const BROKERS = 200
const FORKED_RECORDS = 100_000
const PRODUCED = 3000
const RULES = 100

async function main(): Promise<number> {
  if (!existsSync(packed)) {
    console.error('There is no dist/index.js: build the package first with `make build`.')
    return 1
  }
  const rows = [...firstStarts(), ...(await lifeOfOne()), ...(await memoryOfMany()), ...(await costOfRules())]
  // One after another: each has the machine for itself.
  const others: (readonly [name: string, life: Life | string])[] = []
  for (const name of Object.keys(OTHERS)) others.push([name, await measured(name)])
  const shown = rows.map(({ name, value, promised, unit, cpu, same }) => [
    name,
    shownValue(value, unit),
    cpu,
    `${promised} ${unit}`,
    ...others.map(([, life]) => (typeof life === 'string' || same === null ? '' : shownValue(life[same], unit))),
  ])
  const names = others.map(([name]) => name)
  console.log(
    table(['', 'median', 'CPU', 'at most', ...names], shown, [1, 2, 3, ...names.map((_, index) => index + 4)]),
  )
  for (const [name, life] of others) if (typeof life === 'string') console.log(`${name} was not measured: ${life}`)
  console.log(
    `\nNode ${process.versions.node}. A machine that is busy otherwise shows in the medians; what it takes of the CPU is about what an idle one would take.`,
  )
  return 0
}

const shownValue = (value: number | undefined, unit: string): string =>
  value === undefined ? '' : `${value.toFixed(Math.abs(value) < 1 ? 2 : 1)} ${unit}`

interface Time {
  readonly ms: number
  /** All threads of the process together: about the time that a machine without other work would take. */
  readonly cpuMs: number
}

interface Row {
  readonly name: string
  readonly cpu: string
  readonly value: number
  readonly promised: number
  readonly unit: string
  /** The same of others; null: they have nothing like it. */
  readonly same: keyof Life | null
}

const row = (name: string, value: number, promised: number, unit: string, same: Row['same']): Row => ({
  name,
  value,
  promised,
  unit,
  same,
  cpu: '',
})

const timeRow = (name: string, times: readonly Time[], promised: number, same: Row['same'] = null): Row => ({
  ...row(name, median(times.map(({ ms }) => ms)), promised, 'ms', same),
  cpu: `${median(times.map(({ cpuMs }) => cpuMs)).toFixed(1)} ms`,
})

/** In processes of their own: nothing is loaded yet. */
function firstStarts(): Row[] {
  const program = `
    const [before, cpu] = [performance.now(), process.cpuUsage()]
    const { startBroker } = await import(${JSON.stringify(pathToFileURL(packed).href)})
    const broker = await startBroker()
    const { user, system } = process.cpuUsage(cpu)
    console.log(JSON.stringify({ ms: performance.now() - before, cpuMs: (user + system) / 1000 }))
    await broker.stop()`
  const times = Array.from({ length: 7 }, () => {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
    return JSON.parse(stdout) as Time
  })
  return [timeRow('import and the first start', times, 150)]
}

async function lifeOfOne(): Promise<Row[]> {
  const { startBroker } = await load()
  const [starts, stops]: [Time[], Time[]] = [[], []]
  for (let count = 0; count < 20; count++) {
    const { result, time } = await timed(() => startBroker())
    starts.push(time)
    stops.push((await timed(() => result.stop())).time)
  }
  await using broker = await startBroker({ topics: ['orders:3', 'users'] })
  const resets: Time[] = []
  for (let count = 0; count < 20; count++) {
    await broker.produce(
      'orders',
      Array.from({ length: 20 }, (_, index) => ({ value: `${index}`, partition: index % 3 })),
    )
    resets.push((await timed(() => broker.reset())).time)
  }
  const value = 'x'.repeat(1000)
  const batch = Array.from({ length: 500 }, () => value)
  for (let done = 0; done < FORKED_RECORDS; done += batch.length) await broker.produce('users', batch)
  const forks: Time[] = []
  for (let count = 0; count < 10; count++) {
    const { result, time } = await timed(() => broker.fork())
    forks.push(time)
    await result.stop()
  }
  return [
    timeRow('a later start', starts, 15, 'startMs'),
    timeRow('stop', stops, 10, 'stopMs'),
    timeRow("reset of an ordinary test's data", resets, 5),
    timeRow('fork of 100 MB', forks, 20),
  ]
}

async function memoryOfMany(): Promise<Row[]> {
  const { startBroker } = await load()
  const before = process.memoryUsage().rss
  const brokers: samsa.RunningBroker[] = []
  for (let count = 0; count < BROKERS; count++) brokers.push(await startBroker())
  const each = (process.memoryUsage().rss - before) / BROKERS / 1e6
  for (const broker of brokers) await broker.stop()
  return [row(`memory of each of ${BROKERS} idle brokers`, each, 3, 'MB', 'memoryMB')]
}

/** In turns, so that a busy machine is unfair to both alike. */
async function costOfRules(): Promise<Row[]> {
  const { startBroker } = await load()
  await using broker = await startBroker({ topics: ['orders'] })
  const kafkajs = (await import('kafkajs')).default
  const client = new kafkajs.Kafka({ brokers: [broker.bootstrapServers], logLevel: kafkajs.logLevel.NOTHING })
  const producer = client.producer()
  await producer.connect()
  const messages = Array.from({ length: 20 }, () => ({ value: 'x'.repeat(1000) }))
  const cpuOf = async () => {
    const before = process.cpuUsage()
    for (let count = 0; count < PRODUCED / 10; count++) await producer.send({ topic: 'orders', messages })
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  await cpuOf()
  const ratios: number[] = []
  for (let round = 0; round < 9; round++) {
    const without = await cpuOf()
    for (let count = 0; count < RULES; count++)
      broker.faults.on('Produce', { topic: `other-${count}` }).error('UNKNOWN_SERVER_ERROR')
    ratios.push(((await cpuOf()) / without - 1) * 100)
    broker.faults.clear()
  }
  await producer.disconnect()
  return [
    row(`CPU of ${RULES} rules that match nothing, client and broker together`, median(ratios), 2, '%', 'rulesPercent'),
  ]
}

const load = (): Promise<typeof samsa> => import(pathToFileURL(packed).href)

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; time: Time }> {
  const [before, cpu] = [performance.now(), process.cpuUsage()]
  const result = await work()
  const { user, system } = process.cpuUsage(cpu)
  return { result, time: { ms: performance.now() - before, cpuMs: (user + system) / 1000 } }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

process.exit(await main())
