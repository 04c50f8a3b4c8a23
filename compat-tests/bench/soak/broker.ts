import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { LoadGenerator } from '../load/generator.ts'
import { residentMb } from '../load/process-cost.ts'
import type { SoakResult } from '../load/soak.ts'
import type { Product, Target } from '../targets.ts'
import { startTarget, whileRunning } from '../targets.ts'
import type { Pauses } from './pauses.ts'
import { beginPauses, endPauses, pausesEnvironment } from './pauses.ts'

/** The broker's process and disk at one moment. */
export interface Sample {
  seconds: number
  residentMb: number
  dataMb: number
}

export interface Soaked {
  product: Product
  version: string
  seconds: number
  /** The rate that the broker took as fast as it could, and the half of it that it was given. */
  maximumMbPerS: number
  givenMbPerS: number
  result: SoakResult
  samples: Sample[]
  /** Null for a broker whose event loop cannot be looked into. */
  pauses: Pauses | null
}

/** So many rows has the series. */
const intervals = 20
const partitions = 6
const recordBytes = 1_000
const batchBytes = 65_536
const events = 'soak-events'
const state = 'soak-state'
const transactions = 'soak-transactions'

/** Deletion and compaction have something to do every few seconds. */
const brokerProperties = {
  'log.retention.check.interval.ms': '3000',
  'log.cleaner.backoff.ms': '1000',
  'log.segment.delete.delay.ms': '1000',
}
const segmentBytes = 33_554_432
const retentionBytes = 134_217_728
const eventsConfigs = { 'segment.bytes': `${segmentBytes}`, 'retention.bytes': `${retentionBytes}` }
const stateConfigs = {
  'cleanup.policy': 'compact',
  'segment.bytes': '4194304',
  'min.cleanable.dirty.ratio': '0.1',
}
/** Retention counts whole segments and looks every few seconds: what comes meanwhile is there as well. */
export function allowedMb(givenMbPerS: number): number {
  return (partitions * (retentionBytes + segmentBytes)) / 1e6 + givenMbPerS * 10
}
const stateShape = { keys: 20_000, valueBytes: 200, recordsPerS: 5_000 }
/** Brokers make the topics of their coordinators for the first group and the first transaction, before the load. */
const warmUp = 'soak-warm-up'
const transactionsPerS = 5

export async function soakBroker(
  product: 'samsa' | 'apache',
  load: LoadGenerator,
  seconds: number,
  progress: (text: string) => void,
): Promise<Soaked> {
  const isOurs = product === 'samsa'
  const target = await startTarget(product, brokerProperties, isOurs ? { env: await pausesEnvironment() } : {})
  const { port, version } = target
  return whileRunning(target, async () => {
    const maximumMbPerS = await findMaximum(target, load)
    const givenMbPerS = maximumMbPerS / 2
    progress(`${product}: takes ${maximumMbPerS.toFixed(0)} MB/s, is given ${givenMbPerS.toFixed(0)} for ${seconds} s`)
    await load.run('createTopic', { port, topic: events, partitions, configs: eventsConfigs })
    await load.run('createTopic', { port, topic: state, partitions: 1, configs: stateConfigs })
    await load.run('createTopic', { port, topic: transactions, partitions: 1 })
    const shape = { recordBytes, batchBytes, partitions, bytesPerS: givenMbPerS * 1e6 }
    await load.run('createTopic', { port, topic: warmUp, partitions: 1 })
    await load.run('soakTransactions', { port, topic: warmUp, perSecond: transactionsPerS, seconds: 1 })
    const intervalS = seconds / intervals
    const watch = watchProcess(target, intervalS, progress)
    if (isOurs) beginPauses(target.pid)
    const result = await load.run('soak', {
      events: { ...shape, port, topic: events, seconds },
      state: { ...stateShape, port, topic: state, seconds },
      transactions: { port, topic: transactions, perSecond: transactionsPerS, seconds },
      intervalS,
    })
    const pauses = isOurs ? await endPauses(target.pid) : null
    const samples = await watch.stop()
    return { product, version, seconds, maximumMbPerS, givenMbPerS, result, samples, pauses }
  })
}

/** As fast as it goes, acks=all, retention at work, for a few seconds. */
async function findMaximum({ port, pid }: Target, load: LoadGenerator): Promise<number> {
  const topic = 'soak-maximum'
  await load.run('createTopic', { port, topic, partitions, configs: eventsConfigs })
  const shape = { recordBytes, batchBytes, acks: -1, codec: 'none', connections: 2, inFlight: 5 } as const
  const job = { ...shape, port, brokerPid: pid, topic, partitions, warmUpBytes: 5e8, bytes: 1e9 }
  const { mbPerS } = await load.run('produce', job)
  await load.run('deleteTopic', { port, topic })
  return mbPerS
}

function watchProcess(target: Target, everyS: number, progress: (text: string) => void) {
  const samples: Sample[] = []
  const startedAtMs = performance.now()
  const ended = new AbortController()
  const watching = (async () => {
    while (!ended.signal.aborted) {
      const sample = await sampleOf(target, (performance.now() - startedAtMs) / 1_000)
      samples.push(sample)
      const { seconds, residentMb, dataMb } = sample
      progress(
        `${target.product}  ${seconds.toFixed(0)} s  resident ${residentMb.toFixed(0)} MB  data ${dataMb.toFixed(0)} MB`,
      )
      await delay(everyS * 1_000, null, { signal: ended.signal }).catch(() => {})
    }
  })()
  return {
    async stop(): Promise<Sample[]> {
      ended.abort()
      await watching
      return samples
    },
  }
}

async function sampleOf({ pid, dataDirectory }: Target, seconds: number): Promise<Sample> {
  return { seconds, residentMb: residentMb(pid, 'VmRSS'), dataMb: (await sizeOfLogs(dataDirectory)) / 1e6 }
}

/** Segments vanish while they are looked at. */
async function sizeOfLogs(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true }).catch(() => [])
  const logs = names.filter((name) => name.endsWith('.log'))
  const sizes = await Promise.all(
    logs.map((name) =>
      stat(join(directory, name))
        .then(({ size }) => size)
        .catch(() => 0),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
