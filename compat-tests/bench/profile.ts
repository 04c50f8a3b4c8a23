/**
 * `make profile`: samsa under one kind of load after the other, its CPU and its allocations sampled. Writes for each a
 * flame graph (SVG), a CPU profile and a heap profile (both open in speedscope and in the developer tools of Chromium),
 * and prints who takes most. samsa runs from its sources: the same code, under the names and lines that it is written in.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cacheDirectory, repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import type { BrokerProcess } from '../support/broker.ts'
import { samsaBroker } from '../support/samsa.ts'
import { eventually } from '../support/wait.ts'
import { LoadGenerator } from './load/generator.ts'
import { allocationTable } from './profile/allocations.ts'
import { selfTimeTable } from './profile/cpu-profile.ts'
import { flameGraph } from './profile/flame-graph.ts'

const { values: options } = parseArgs({
  options: {
    case: { type: 'string', default: process.env.CASE ?? '' },
    bytes: { type: 'string', default: '2e9' },
    top: { type: 'string', default: '15' },
  },
})

const directory = join(cacheDirectory, 'profile')
const bytes = Number(options.bytes)
const shape = { recordBytes: 1_000, batchBytes: 65_536, acks: 1, codec: 'none', partitions: 1 } as const
const pace = { connections: 2, inFlight: 5 }

interface Load {
  name: string
  /** Gets everything ready before the sampling begins. */
  prepare(run: Run): Promise<unknown>
  measure(run: Run): Promise<unknown>
}

interface Run {
  load: LoadGenerator
  about: { port: number; brokerPid: number; topic: string }
}

const produceLoad = (name: string, change: object): Load => {
  const job = { ...shape, ...pace, ...change }
  return {
    name,
    prepare: ({ load, about }) => load.run('produce', { ...job, ...about, warmUpBytes: 0, bytes: bytes / 4 }),
    measure: ({ load, about }) => load.run('produce', { ...job, ...about, warmUpBytes: 0, bytes }),
  }
}

const consumeLoad = (name: string, fromByte: number): Load => {
  const job = { partition: 0, consumers: 2, fromOffset: fromByte / 1_000, toOffset: bytes / 1_000, warmUpBytes: 0 }
  return {
    name,
    prepare: async ({ load, about }) => {
      await load.run('produce', { ...shape, ...pace, ...about, warmUpBytes: 0, bytes })
      await load.run('consume', { ...job, ...about, bytes: bytes / 4 })
    },
    measure: ({ load, about }) => load.run('consume', { ...job, ...about, bytes: bytes * 2 }),
  }
}

/** Seconds of `connections` clients that have one small record on its way each. */
const crowdLoad = (name: string, connections: number): Load => {
  const job = { recordBytes: 100, connections }
  return {
    name,
    prepare: ({ load, about }) => load.run('manyConnections', { ...job, ...about, warmUpSeconds: 1, seconds: 2 }),
    measure: ({ load, about }) => load.run('manyConnections', { ...job, ...about, warmUpSeconds: 0, seconds: 8 }),
  }
}

const loads: readonly Load[] = [
  produceLoad('produce-1KB', {}),
  produceLoad('produce-100B-6-partitions', { recordBytes: 100, partitions: 6 }),
  produceLoad('produce-16KB-batches-6-partitions', { batchBytes: 16_384, partitions: 6 }),
  produceLoad('produce-lz4', { codec: 'lz4' }),
  crowdLoad('crowd-connections', 1_000),
  consumeLoad('consume-tail', bytes - 32e6),
  consumeLoad('consume-catch-up', 0),
]

async function main(): Promise<number> {
  const chosen = loads.filter(({ name }) => name.includes(options.case))
  if (chosen.length === 0) {
    console.error(`There is no case ${options.case}: ${loads.map(({ name }) => name).join(', ')}.`)
    return 2
  }
  await mkdir(directory, { recursive: true })
  const load = new LoadGenerator()
  for (const one of chosen) {
    console.error(`${one.name} …`)
    await profileLoad(one, load)
    console.log(`\n── ${one.name} ${'─'.repeat(80 - one.name.length)}\n`)
    console.log(await describe(one.name))
  }
  load.stop()
  return 0
}

async function profileLoad({ name, prepare, measure }: Load, load: LoadGenerator): Promise<void> {
  const output = join(directory, name)
  await rm(`${output}.heapprofile`, { force: true })
  const broker = await startProfiled(output)
  try {
    const { port } = broker
    const about = { port, brokerPid: broker.pid!, topic: 'profile' }
    const partitions = 6
    await load.run('createTopic', { port, topic: about.topic, partitions })
    await prepare({ load, about })
    process.kill(broker.pid!, 'SIGUSR2')
    await measure({ load, about })
    process.kill(broker.pid!, 'SIGUSR2')
    await eventually(`the profile of ${name}`, () => existsSync(`${output}.heapprofile`))
  } finally {
    await broker.dispose()
  }
}

async function startProfiled(output: string): Promise<BrokerProcess> {
  const preload = join(import.meta.dirname, 'profile/preload.mjs')
  const env = { PROFILE_OUTPUT: output, NODE_OPTIONS: `--import=${preload}` }
  const broker = await samsaBroker({ bin: join(repositoryRoot, 'src/cli/main.ts'), env })
  await broker.start()
  return broker
}

async function describe(name: string): Promise<string> {
  const output = join(directory, name)
  const profile = JSON.parse(await readFile(`${output}.cpuprofile`, 'utf8'))
  await writeFile(`${output}.svg`, flameGraph(profile, `samsa, ${name}: CPU time of the main thread`))
  const heap = JSON.parse(await readFile(`${output}.heapprofile`, 'utf8'))
  const top = Number(options.top)
  return [selfTimeTable(profile, top), allocationTable(heap, top), `flame graph: ${output}.svg`].join('\n\n')
}

process.exit(await main())
