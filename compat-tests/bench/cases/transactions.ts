import type { BenchCase, Metrics } from '../bench-case.ts'
import { brokers, withTopic } from '../bench-case.ts'
import { Meter } from '../load/meter.ts'
import { transactionBench } from '../perf-tool.ts'

/** The buffer of a producer holds some 30 MB: fewer seconds would be a transaction or two. */
const leastSeconds = 5

function transactionCase(mode: 'bulk' | 'short', words: string): BenchCase {
  return {
    name: `transactions/${mode}`,
    words,
    isQuick: true,
    products: brokers,
    run: (target, bench) =>
      withTopic(target, bench, 1, async (topic): Promise<Metrics> => {
        const seconds = Math.max(leastSeconds, bench.scale.seconds)
        const times = { warmUpSeconds: seconds / 2, seconds }
        const meter = new Meter(target.pid)
        const job = { mode, bootstrapServers: `127.0.0.1:${target.port}`, topic, ...times }
        const { mbPerS, transactionsPerS, p50Ms, p99Ms } = await transactionBench(bench.kafka, job)
        if (mode === 'short') return { transactionsPerS, p50Ms, p99Ms }
        const movedBytes = mbPerS * 1e6 * (times.warmUpSeconds + times.seconds)
        return { mbPerS, cpuSPerGb: meter.read(movedBytes).cpuSPerGb, p50Ms, p99Ms }
      }),
  }
}

export const transactionCases: BenchCase[] = [
  transactionCase('bulk', 'a Java producer, 1 KB records, a commit every 100 ms; latency of the commit call'),
  transactionCase('short', 'a Java producer, 1 record a transaction; latency from begin to committed'),
]
