import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { endWithThisProcess } from '../support/children.ts'
import { compileJava } from '../support/java.ts'

const tools = 'org.apache.kafka.tools'
const ownSources = [join(import.meta.dirname, 'java/TransactionBench.java')]

/** A client of Apache's in a JVM as its own scripts start it. Answers with what it printed. */
async function perfTool(kafka: ApacheKafka, className: string, args: readonly string[]): Promise<string> {
  const classes = await compileJava(kafka, ownSources)
  const heap = ['-Xms256m', '-Xmx512m', `-Dlog4j2.configurationFile=${join(classes, 'log4j2.properties')}`]
  const child = spawn(kafka.jdk.path, [...heap, '-cp', `${classes}:${kafka.classPath}`, className, ...args])
  endWithThisProcess(child)
  let printed = ''
  let complaints = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (printed += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (complaints += text))
  const exitCode = await new Promise((resolve) => child.on('close', resolve))
  if (exitCode !== 0) throw new Error(`${className} ended with ${exitCode}: ${complaints || printed}`)
  return printed
}

/** The options of the tools for properties take no value with an equals sign in it: a file does. */
async function withProperties<T>(properties: Record<string, string>, work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const file = join(folder, 'client.properties')
  await writeFile(
    file,
    Object.entries(properties).map(([key, value]) => `${key}=${value}\n`),
  )
  return work(file).finally(() => rm(folder, { recursive: true }))
}

/** A whole run in the words of `ProducerPerformance`, its latency in whole milliseconds. */
export interface ProducerPerformance {
  mbPerS: number
  p50Ms: number
  p99Ms: number
  p999Ms: number
}

export async function producerPerformance(
  kafka: ApacheKafka,
  job: {
    bootstrapServers: string
    topic: string
    records: number
    warmUpRecords: number
    recordBytes: number
    /** -1 for as many as go. */
    perSecond: number
    properties: Record<string, string>
  },
): Promise<ProducerPerformance> {
  const printed = await withProperties(job.properties, (file) =>
    perfTool(kafka, `${tools}.ProducerPerformance`, [
      ...['--bootstrap-server', job.bootstrapServers, '--topic', job.topic],
      ...['--num-records', String(job.records), '--warmup-records', String(job.warmUpRecords)],
      ...['--record-size', String(job.recordBytes), '--throughput', String(job.perSecond)],
      ...['--command-config', file],
    ]),
  )
  const summary = printed.trimEnd().split('\n').at(-1)!
  const perSecond = number(/([\d.]+) records\/sec/, summary)
  const percentile = (name: string): number => number(new RegExp(`([\\d.]+) ms ${name}`), summary)
  const [p50Ms, p99Ms, p999Ms] = ['50th', '99th', '99.9th'].map(percentile)
  return { mbPerS: (perSecond * job.recordBytes) / 1e6, p50Ms, p99Ms, p999Ms }
}

/** MB/s of `ConsumerPerformance` from the first record that came, joining the group not counted. */
export async function consumerPerformance(
  kafka: ApacheKafka,
  job: {
    bootstrapServers: string
    topic: string
    records: number
    recordBytes: number
    properties?: Record<string, string>
  },
): Promise<{ mbPerS: number }> {
  const printed = await withProperties(job.properties ?? {}, (file) =>
    perfTool(kafka, `${tools}.ConsumerPerformance`, [
      ...['--bootstrap-server', job.bootstrapServers, '--topic', job.topic],
      ...['--num-records', String(job.records), '--hide-header', '--command-config', file],
    ]),
  )
  const columns = printed.trimEnd().split('\n').at(-1)!.split(', ').map(Number)
  const recordsPerSecondOfFetching = columns[9]
  return { mbPerS: (recordsPerSecondOfFetching * job.recordBytes) / 1e6 }
}

/** Milliseconds of `EndToEndLatency`, which sends one record and waits until it has consumed it, again and again. */
export async function endToEndLatency(
  kafka: ApacheKafka,
  job: { bootstrapServers: string; topic: string; records: number; recordBytes: number },
): Promise<{ averageMs: number; p50Ms: number; p99Ms: number; p999Ms: number }> {
  const printed = await perfTool(kafka, `${tools}.EndToEndLatency`, [
    ...['--bootstrap-server', job.bootstrapServers, '--topic', job.topic, '--producer-acks', 'all'],
    ...['--num-records', String(job.records), '--record-size', String(job.recordBytes)],
  ])
  const percentiles = /50th = (\d+), 99th = (\d+), 99.9th = (\d+)/.exec(printed)
  if (percentiles === null) throw new Error(`EndToEndLatency said something else: ${printed}`)
  const [p50Ms, p99Ms, p999Ms] = percentiles.slice(1).map(Number)
  return { averageMs: number(/Avg latency: ([\d.]+) ms/, printed), p50Ms, p99Ms, p999Ms }
}

export interface TransactionCost {
  mbPerS: number
  transactionsPerS: number
  p50Ms: number
  p99Ms: number
}

export async function transactionBench(
  kafka: ApacheKafka,
  job: { mode: 'bulk' | 'short'; bootstrapServers: string; topic: string; warmUpSeconds: number; seconds: number },
): Promise<TransactionCost> {
  const times = [job.warmUpSeconds, job.seconds].map(String)
  return JSON.parse(await perfTool(kafka, 'TransactionBench', [job.mode, job.bootstrapServers, job.topic, ...times]))
}

function number(pattern: RegExp, text: string): number {
  const found = pattern.exec(text)
  if (found === null) throw new Error(`the tool said something else: ${text}`)
  return Number(found[1])
}
