import type { Bench, BenchCase, Metrics } from '../bench-case.ts'
import { brokers, fill, withTopic } from '../bench-case.ts'
import { Meter } from '../load/meter.ts'
import { consumerPerformance, endToEndLatency, producerPerformance } from '../perf-tool.ts'
import type { Target } from '../targets.ts'
import { kafkajsConsume, kafkajsProduce } from './kafkajs.ts'

const bootstrap = (target: Target): string => `127.0.0.1:${target.port}`

/** Apache's own tools and kafkajs. They take more of the machine than the broker: their rates say what a client can do. */
export const clientCases: BenchCase[] = [
  {
    name: 'client/java-produce',
    words: 'ProducerPerformance: 1 KB, acks=all, 6 partitions',
    isQuick: true,
    products: brokers,
    run: (target, bench) => javaProduce(target, bench, { recordBytes: 1_000 }),
  },
  {
    name: 'client/java-produce-100B',
    words: 'ProducerPerformance: 100 B, acks=all, 6 partitions',
    isQuick: false,
    products: brokers,
    run: (target, bench) => javaProduce(target, bench, { recordBytes: 100 }),
  },
  {
    name: 'client/java-latency',
    words: 'ProducerPerformance: 1,000 records/s of 1 KB, linger 0, acks=all',
    isQuick: false,
    products: brokers,
    run: (target, bench) =>
      withTopic(target, bench, 1, async (topic) => {
        const { seconds } = bench.scale
        const shape = { recordBytes: 1_000, perSecond: 1_000, records: seconds * 1_000, warmUpRecords: 1_000 }
        const properties = { acks: 'all', 'linger.ms': '0' }
        const { p50Ms, p99Ms, p999Ms } = await producerPerformance(bench.kafka, {
          ...shape,
          bootstrapServers: bootstrap(target),
          topic,
          properties,
        })
        return { p50Ms, p99Ms, p999Ms }
      }),
  },
  {
    name: 'client/java-end-to-end',
    words: 'EndToEndLatency: 100 B, acks=all, one after the other',
    isQuick: false,
    products: brokers,
    run: (target, bench) =>
      withTopic(target, bench, 1, async (topic) => {
        const job = { bootstrapServers: bootstrap(target), topic, records: 5_000, recordBytes: 100 }
        return endToEndLatency(bench.kafka, job)
      }),
  },
  {
    name: 'client/java-consume',
    words: 'ConsumerPerformance: 1 KB, from the beginning',
    isQuick: false,
    products: brokers,
    run: (target, bench) =>
      withTopic(target, bench, 1, async (topic) => {
        await fill(target, bench, topic, bench.scale.bytes)
        const meter = new Meter(target.pid)
        const shape = { records: Math.floor(bench.scale.bytes / 1_000), recordBytes: 1_000 }
        const job = { bootstrapServers: bootstrap(target), topic, ...shape }
        const { mbPerS } = await consumerPerformance(bench.kafka, job)
        return { mbPerS, cpuSPerGb: meter.read(bench.scale.bytes).cpuSPerGb }
      }),
  },
  {
    name: 'client/kafkajs-produce',
    words: 'kafkajs: 1 KB, acks=all, 1,000 records a request',
    isQuick: false,
    products: brokers,
    run: (target, bench) => withTopic(target, bench, 1, (topic) => kafkajsProduce(bootstrap(target), topic, bench)),
  },
  {
    name: 'client/kafkajs-consume',
    words: 'kafkajs: 1 KB, from the beginning',
    isQuick: false,
    products: brokers,
    run: (target, bench) =>
      withTopic(target, bench, 1, async (topic) => {
        await fill(target, bench, topic, bench.scale.bytes)
        return kafkajsConsume(bootstrap(target), topic, Math.floor(bench.scale.bytes / 1_000 / 4))
      }),
  },
]

async function javaProduce(target: Target, bench: Bench, shape: { recordBytes: number }): Promise<Metrics> {
  return withTopic(target, bench, 6, async (topic) => {
    const records = Math.floor((bench.scale.bytes * 0.5) / shape.recordBytes)
    const meter = new Meter(target.pid)
    const { mbPerS } = await producerPerformance(bench.kafka, {
      ...shape,
      bootstrapServers: bootstrap(target),
      topic,
      records,
      warmUpRecords: Math.floor(records / 5),
      perSecond: -1,
      properties: { acks: 'all' },
    })
    // The tool's start is idle time of the broker, and its warm-up records are records: CPU counts them all.
    return { mbPerS, cpuSPerGb: meter.read(records * shape.recordBytes).cpuSPerGb }
  })
}
