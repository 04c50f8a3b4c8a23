/**
 * `make bench-start`: how soon a broker answers its first Metadata request after the process was started, and what it
 * occupies when idle: the packed samsa on Node 20 and 24, the one-file executable where `make binary` has built it, Apache
 * Kafka, and a bare `node -e 0` as the floor. Fresh data each time, the candidates in turn, so that a busy machine is unfair
 * to all of them alike. Prints medians, beside what is aimed at.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { median } from '../compat-tests/bench/load/statistics.ts'
import { apacheBroker } from '../compat-tests/support/apache.ts'
import type { BrokerProcess } from '../compat-tests/support/broker.ts'
import { table } from '../compat-tests/support/report.ts'
import { samsaBroker } from '../compat-tests/support/samsa.ts'
import { apacheKafka } from './toolchain/apache-kafka.ts'
import { repositoryRoot } from './toolchain/lookup.ts'
import type { NodeLine } from './toolchain/node.ts'
import { node } from './toolchain/node.ts'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    'apache-runs': { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
})

interface Measurement {
  startMs: number
  /** Absent for a process that ends at once. */
  residentBytes?: number
}

interface Candidate {
  name: string
  version: string
  runs: number
  /** The first answer is to come no later. */
  aimMs?: number
  measure(): Promise<Measurement>
}

/** Long enough for what a broker does right after its start to settle. */
const idleMs = 2_000
const timeoutMs = 60_000
const packedBin = join(repositoryRoot, 'dist/bin/samsa.js')
const executable = join(repositoryRoot, 'out/samsa-linux-x64')
const lineAimsMs: Record<NodeLine, number> = { 20: 130, 24: 70 }
const EXECUTABLE_AIM_MS = 60

async function main(): Promise<number> {
  if (!existsSync(packedBin)) {
    console.error('There is no dist/bin/samsa.js: build the package first with `make build`.')
    return 1
  }
  process.env.SAMSA_BIN = packedBin
  const { candidates, skipped } = await findCandidates()
  const measurements = new Map<Candidate, Measurement[]>(candidates.map((candidate) => [candidate, []]))
  const rounds = Math.max(...candidates.map((candidate) => candidate.runs))
  for (let round = 0; round < rounds; round++) {
    for (const candidate of candidates) {
      if (round >= candidate.runs) continue
      measurements.get(candidate)!.push(await candidate.measure())
    }
    console.error(`round ${round + 1} of ${rounds}`)
  }
  print(measurements, skipped)
  return 0
}

async function findCandidates(): Promise<{ candidates: Candidate[]; skipped: string[] }> {
  const runs = Number(options.runs)
  const candidates: Candidate[] = []
  const skipped: string[] = []
  for (const line of [20, 24] as NodeLine[]) {
    const lookup = await node(line)
    if (!lookup.ok) {
      skipped.push(`Node ${line}: ${lookup.reason}`)
      continue
    }
    const { path, version } = lookup.tool
    candidates.push({ name: 'node -e 0', version: `Node ${version}`, runs, measure: () => measureBareNode(path) })
    const measure = async () => measureBroker(await samsaBroker({ nodeLine: line }))
    candidates.push({ name: 'samsa', version: `Node ${version}`, runs, aimMs: lineAimsMs[line], measure })
  }
  if (existsSync(executable)) candidates.push(await executableCandidate(runs))
  else skipped.push('the executable: there is no out/samsa-linux-x64; `make binary` builds it')
  const kafka = await apacheKafka()
  if (!kafka.ok) skipped.push(`Apache Kafka: ${kafka.reason}`)
  else {
    const { version, jdk } = kafka.tool
    const measure = async () => measureBroker(await apacheBroker())
    const words = `${version}, JDK ${jdk.version}`
    candidates.push({ name: 'Apache Kafka', version: words, runs: Number(options['apache-runs']), measure })
  }
  return { candidates, skipped }
}

/** Its first start unpacks it into the user's cache folder, for which an empty one stands here; later ones are measured. */
async function executableCandidate(runs: number): Promise<Candidate> {
  const cache = mkdtempSync(join(tmpdir(), 'samsa-cache-'))
  process.on('exit', () => rmSync(cache, { recursive: true, force: true }))
  const measure = async () => measureBroker(await samsaBroker({ executable, env: { XDG_CACHE_HOME: cache } }))
  await measure()
  return { name: 'samsa', version: 'one file', runs, aimMs: EXECUTABLE_AIM_MS, measure }
}

function measureBareNode(path: string): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const child = spawn(path, ['-e', '0'], { stdio: 'ignore' })
    child.on('error', reject)
    child.on('exit', () => resolve({ startMs: performance.now() - startedAt }))
  })
}

/** The time that a user waits: from the start of the process, with fresh data, to the answer. */
async function measureBroker(broker: BrokerProcess): Promise<Measurement> {
  try {
    const startedAt = performance.now()
    await broker.start({ timeoutMs, everyMs: 1 })
    const startMs = performance.now() - startedAt
    await delay(idleMs)
    return { startMs, residentBytes: process.platform === 'linux' ? await broker.residentBytes() : undefined }
  } finally {
    await broker.dispose()
  }
}

function print(measurements: ReadonlyMap<Candidate, Measurement[]>, skipped: readonly string[]): void {
  const results = [...measurements].map(([{ name, version, aimMs = null }, all]) => {
    const starts = all.map((one) => one.startMs)
    const resident = all.flatMap((one) => one.residentBytes ?? [])
    const startMs = round(median(starts))
    return {
      name,
      version,
      runs: all.length,
      startMs,
      fastestMs: round(Math.min(...starts)),
      slowestMs: round(Math.max(...starts)),
      aimMs,
      isMet: aimMs === null ? null : startMs <= aimMs,
      residentMb: resident.length ? round(median(resident) / 1e6) : null,
    }
  })
  if (options.json) {
    console.log(JSON.stringify({ results, skipped }, null, 2))
    return
  }
  const reference = results.find((one) => one.name === 'Apache Kafka')
  const rows = results.map((one) => [
    one.name,
    one.version,
    String(one.runs),
    one.startMs.toFixed(0),
    `${one.fastestMs.toFixed(0)}–${one.slowestMs.toFixed(0)}`,
    one.aimMs === null ? '' : one.aimMs.toFixed(0),
    one.isMet === null ? '' : one.isMet ? 'met' : 'missed',
    reference ? `${(reference.startMs / one.startMs).toFixed(1)}×` : '',
    one.residentMb === null ? '' : one.residentMb.toFixed(0),
    reference?.residentMb && one.residentMb ? `${(reference.residentMb / one.residentMb).toFixed(1)}×` : '',
  ])
  const header = ['', 'version', 'runs', 'first answer ms', 'range', 'aim ms', '', 'sooner', 'idle MB', 'lighter']
  console.log(`\n${table(header, rows, [2, 3, 4, 5, 7, 8, 9])}`)
  console.log('\nMedians. First answer: start of the process with fresh data to the first answered Metadata request.')
  console.log(`Idle: resident memory ${idleMs / 1_000} s later. Sooner and lighter: beside Apache Kafka in this run.`)
  for (const words of skipped) console.log(`skipped: ${words}`)
}

const round = (value: number): number => Math.round(value * 10) / 10

process.exit(await main())
