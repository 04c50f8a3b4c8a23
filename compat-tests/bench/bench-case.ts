import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import type { LoadGenerator } from './load/generator.ts'
import { forgetPeak, residentMb } from './load/process-cost.ts'
import type { Product, Target } from './targets.ts'

/** How long a run may take: everything that a case repeats is a multiple of these. */
export interface Scale {
  rounds: number
  /** The bytes that a throughput case moves after its warm-up. */
  bytes: number
  /** How long a latency case measures after its warm-up. */
  seconds: number
}

export const fullScale: Scale = { rounds: 3, bytes: 1e9, seconds: 6 }
export const quickScale: Scale = { rounds: 2, bytes: 256e6, seconds: 2 }

export interface Bench {
  load: LoadGenerator
  kafka: ApacheKafka
  scale: Scale
  /** samsa is measured beside another build of itself, and nothing else is. */
  isBesideBefore: boolean
}

/** Names of metrics end with their unit; `metrics.ts` knows how each is said. */
export type Metrics = Record<string, number>

export interface BenchCase {
  /** Group and name: `produce/100B`. */
  name: string
  /** The difference from the base case, for people. */
  words: string
  /** Part of `QUICK=1`. */
  isQuick: boolean
  products: readonly Product[]
  run(target: Target, bench: Bench): Promise<Metrics>
}

export const brokers: readonly Product[] = ['samsa', 'apache']

/** Runs the work on a fresh topic, and waits at the end until its files are gone. */
export async function withTopic<T>(
  target: Target,
  bench: Bench,
  partitions: number,
  work: (topic: string) => Promise<T>,
): Promise<T> {
  const topic = `bench-${++topics}`
  await bench.load.run('createTopic', { port: target.port, topic, partitions })
  const result = await work(topic)
  await bench.load.run('deleteTopic', { port: target.port, topic })
  if (target.product !== 'floor') await filesAreGone(target.dataDirectory, topic)
  return result
}

/** Does the work, and measures the most memory that the brokers had meanwhile, all together. */
export async function withPeak(pids: readonly number[], work: () => Promise<object>): Promise<Metrics> {
  for (const pid of pids) forgetPeak(pid)
  const measured = await work()
  return { ...measured, peakMb: pids.reduce((sum, pid) => sum + residentMb(pid, 'VmHWM'), 0) }
}

/** Fills a topic of one partition with records of 1 KB in batches of 64 KB, for those who read. */
export async function fill(target: Target, { load }: Bench, topic: string, bytes: number): Promise<void> {
  const shape = { recordBytes: 1_000, batchBytes: 65_536, acks: 1, codec: 'none', partitions: 1 } as const
  const job = { ...shape, port: target.port, brokerPid: target.pid, topic, connections: 2, inFlight: 5 }
  await load.run('produce', { ...job, warmUpBytes: 0, bytes })
}

let topics = 0

/** Dirty pages of a topic that is deleted are never written: what one case leaves does not slow the next one's disk. */
export async function filesAreGone(dataDirectory: string, topic: string): Promise<void> {
  const deadline = performance.now() + 60_000
  while (existsSync(dataDirectory)) {
    const names = await readdir(dataDirectory)
    if (!names.some((name) => name.startsWith(`${topic}-`) || name.startsWith(`${topic}.`))) return
    if (performance.now() > deadline) throw new Error(`the files of ${topic} are still there after its deletion`)
    await delay(20)
  }
}
