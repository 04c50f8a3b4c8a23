/**
 * `make bench-scale`: what a broker with much to hold costs, beside what was promised and beside Apache Kafka where that
 * is the measure: ten thousand partitions with data (start, memory, standing still, stop, start after a kill), topics
 * created one by one, the start after a SIGKILL under load of a large log, of one in many segments, of a small one, a
 * schema registry with ten thousand subjects, and a share group of a thousand members with a hundred thousand records in
 * flight.
 *
 *   make bench-scale ARGS="--only recovery --gigabytes 1"    a part of it, smaller
 *   make bench-scale ARGS="--json"                           for programs
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { apacheBroker } from '../compat-tests/support/apache.ts'
import { type BrokerProcess, freePorts } from '../compat-tests/support/broker.ts'
import { table } from '../compat-tests/support/report.ts'
import { samsaBroker } from '../compat-tests/support/samsa.ts'
import { measurePartitions } from './bench-scale/partitions.ts'
import { measureRecovery, measureSmallRecovery } from './bench-scale/recovery.ts'
import { measureRegistry } from './bench-scale/registry.ts'
import { MEMBERS_PROPERTIES, measureMembers } from './bench-scale/share-members.ts'
import { measureState } from './bench-scale/shares.ts'
import { measureTopics } from './bench-scale/topics.ts'
import { apacheKafka } from './toolchain/apache-kafka.ts'
import { repositoryRoot } from './toolchain/lookup.ts'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    partitions: { type: 'string', default: '10000' },
    topics: { type: 'string', default: '1000' },
    members: { type: 'string', default: '1000' },
    gigabytes: { type: 'string', default: '5' },
    kills: { type: 'string', default: '4' },
    subjects: { type: 'string', default: '10000' },
    json: { type: 'boolean', default: false },
  },
})

/** One number. `limit` is what was promised, at most; absent for what is only shown. */
interface Row {
  what: string
  unit: 'us' | 'ms' | 'MB' | '% of a core'
  samsa: number
  apache?: number
  limit?: number
}

const GIGABYTE = 1_000_000_000
const LARGE_SEGMENT_BYTES = 1_073_741_824
const SMALL_SEGMENT_BYTES = 16_777_216
/** Creating topics may take as much longer than with Apache. */
const TOPICS_LIMIT = 2
const packedBin = join(repositoryRoot, 'dist/bin/samsa.js')

async function partitionRows(): Promise<Row[]> {
  const count = Number(options.partitions)
  const result = await withBroker(samsaBroker(), (broker) => measurePartitions(broker, count))
  const named = `${count} partitions: `
  return [
    { what: `${named}start to first Metadata`, unit: 'ms', samsa: result.startMs, limit: 2_000 },
    { what: `${named}resident memory`, unit: 'MB', samsa: result.residentBytes / 1e6, limit: 350 },
    { what: `${named}CPU at rest`, unit: '% of a core', samsa: result.idleCpu * 100, limit: 2 },
    { what: `${named}stop`, unit: 'ms', samsa: result.stopMs },
    { what: `${named}start after SIGKILL`, unit: 'ms', samsa: result.startAfterKillMs },
    { what: `${named}creation, one batch each`, unit: 'ms', samsa: result.fillMs },
    {
      what: `${named}first stop after that${result.firstStopClean ? '' : ' (given up)'}`,
      unit: 'ms',
      samsa: result.firstStopMs,
    },
  ]
}

async function topicRows(): Promise<Row[]> {
  const kafka = await apacheKafka()
  if (!kafka.ok) {
    console.error(`Topics one by one were skipped: ${kafka.reason}`)
    return []
  }
  const count = Number(options.topics)
  const measure = (broker: BrokerProcess) => measureTopics(broker, kafka.tool, count)
  const apache = await withBroker(apacheBroker(), measure)
  const samsa = await withBroker(samsaBroker(), measure)
  return [{ what: `${count} topics one by one`, unit: 'ms', samsa, apache, limit: apache * TOPICS_LIMIT }]
}

async function recoveryRows(): Promise<Row[]> {
  const gigabytes = Number(options.gigabytes)
  const bytes = gigabytes * GIGABYTE
  const rows: Row[] = []
  for (const [segmentBytes, segments] of [
    [LARGE_SEGMENT_BYTES, '1 GB segments'],
    [SMALL_SEGMENT_BYTES, '16 MB segments'],
  ] as const) {
    const samsa = await withBroker(samsaBroker(), (broker) => measureRecovery(broker, bytes, segmentBytes))
    rows.push({ what: `${gigabytes} GB log, ${segments}: start after SIGKILL`, unit: 'ms', samsa, limit: 3_000 })
  }
  const kills = Number(options.kills)
  const small = await withBroker(samsaBroker(), (broker) => measureSmallRecovery(broker, kills))
  const reference = (await apacheKafka()).ok
    ? median(await withBroker(apacheBroker(), (broker) => measureSmallRecovery(broker, kills)))
    : undefined
  const what = `small log: start after SIGKILL under load, median of ${kills}`
  return [...rows, { what, unit: 'ms', samsa: median(small), apache: reference, limit: 500 }]
}

async function registryRows(): Promise<Row[]> {
  const count = Number(options.subjects)
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const making = samsaBroker({ properties: { 'samsa.schema.registry.listeners': url } })
  const result = await withBroker(making, (broker) => measureRegistry(broker, url, count))
  const { emptyStartMs, startMs, emptyResidentBytes, residentBytes, lookupMs, fillMs } = result
  const named = `registry with ${count} subjects: `
  return [
    {
      what: `${named}start to first answer, beyond an empty one`,
      unit: 'ms',
      samsa: startMs - emptyStartMs,
      limit: 500,
    },
    {
      what: `${named}memory, beyond an empty one`,
      unit: 'MB',
      samsa: (residentBytes - emptyResidentBytes) / 1e6,
      limit: 60,
    },
    { what: `${named}look-up by id, median`, unit: 'us', samsa: lookupMs.median * 1_000, limit: 1_000 },
    { what: `${named}look-up by id, 99 of 100`, unit: 'us', samsa: lookupMs.p99 * 1_000 },
    { what: `${named}registering them`, unit: 'ms', samsa: fillMs },
  ]
}

const IN_FLIGHT = 100_000
const SHARED_PARTITIONS = 100

async function shareRows(): Promise<Row[]> {
  const members = Number(options.members)
  const state = measureState(IN_FLIGHT)
  const making = samsaBroker({ properties: MEMBERS_PROPERTIES })
  const crowd = { members, partitions: SHARED_PARTITIONS, records: IN_FLIGHT }
  const result = await withBroker(making, (broker) => measureMembers(broker, crowd))
  const named = `${members} share consumers of ${SHARED_PARTITIONS} partitions: `
  return [
    {
      what: `${IN_FLIGHT} records in flight, each with a fate of its own: heap of their state`,
      unit: 'MB',
      samsa: state / 1e6,
      limit: 40,
    },
    { what: `${named}all have joined`, unit: 'ms', samsa: result.joinMs },
    { what: `${named}resident memory, beyond none`, unit: 'MB', samsa: result.bytes / 1e6 },
    {
      what: `${named}resident memory, with ${IN_FLIGHT} records in flight beyond none`,
      unit: 'MB',
      samsa: result.inFlightBytes / 1e6,
      limit: 40,
    },
    { what: `${named}CPU of heartbeats`, unit: '% of a core', samsa: result.heartbeatCpu * 100 },
    { what: `${named}CPU with fetches that wait`, unit: '% of a core', samsa: result.fetchCpu * 100 },
  ]
}

async function withBroker<T>(making: Promise<BrokerProcess>, use: (broker: BrokerProcess) => Promise<T>): Promise<T> {
  const broker = await making
  try {
    return await use(broker)
  } finally {
    await broker.kill()
    await broker.dispose()
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function print(rows: readonly Row[]): void {
  if (options.json) return console.log(JSON.stringify(rows, null, 2))
  const text = (value: number | undefined, unit: Row['unit']) => value?.toFixed(unit === '% of a core' ? 1 : 0) ?? ''
  const cells = rows.map(({ what, unit, samsa, apache, limit }) => [
    what,
    text(samsa, unit),
    text(apache, unit),
    text(limit, unit),
    unit,
    limit === undefined ? '' : samsa <= limit ? 'kept' : 'MISSED',
  ])
  console.log(`\n${table(['', 'samsa', 'Apache', 'at most', '', ''], cells, [1, 2, 3])}`)
}

const parts: Record<string, () => Promise<Row[]>> = {
  partitions: partitionRows,
  topics: topicRows,
  recovery: recoveryRows,
  registry: registryRows,
  shares: shareRows,
}

async function main(): Promise<number> {
  const chosen = options.only === undefined ? Object.keys(parts) : [options.only]
  const unknown = chosen.find((name) => parts[name] === undefined)
  if (unknown !== undefined) {
    console.error(`There is no part ${unknown}; there are ${Object.keys(parts).join(', ')}.`)
    return 1
  }
  if (process.env.SAMSA_BIN === undefined && existsSync(packedBin)) process.env.SAMSA_BIN = packedBin
  const rows: Row[] = []
  for (const name of chosen) {
    console.error(`measuring ${name} …`)
    rows.push(...(await parts[name]()))
  }
  print(rows)
  return rows.every(({ samsa, limit }) => limit === undefined || samsa <= limit) ? 0 : 1
}

process.exit(await main())
