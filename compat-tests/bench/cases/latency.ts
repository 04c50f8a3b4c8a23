import type { BenchCase } from '../bench-case.ts'
import { brokers, withTopic } from '../bench-case.ts'

const steady = { recordBytes: 100, perSecond: 1_000, acks: -1 as const }

export const latencyCases: BenchCase[] = [
  {
    name: 'latency/produce',
    words: '1,000 records/s one by one, acks=all: request to answer',
    isQuick: true,
    products: brokers,
    run: (target, { load, scale, ...rest }) =>
      withTopic(target, { load, scale, ...rest }, 1, async (topic) => ({
        ...(await load.run('produceLatency', {
          ...steady,
          port: target.port,
          topic,
          warmUpSeconds: scale.seconds / 4,
          seconds: scale.seconds,
        })),
      })),
  },
  {
    name: 'latency/end-to-end',
    words: '1,000 records/s one by one, acks=all: request to arrival at a waiting consumer',
    isQuick: true,
    products: brokers,
    run: (target, bench) =>
      withTopic(target, bench, 1, async (topic) => ({
        ...(await bench.load.run('endToEndLatency', {
          ...steady,
          port: target.port,
          topic,
          warmUpSeconds: bench.scale.seconds / 4,
          seconds: bench.scale.seconds,
        })),
      })),
  },
]

/** The loopback between two Node processes: no broker can be sooner. */
export const pingPongCase: BenchCase = {
  name: 'limit/ping-pong',
  words: 'loopback ping-pong between two Node processes',
  isQuick: true,
  products: ['echo'],
  run: async ({ port }, { load, scale }) => ({
    ...(await load.run('pingPong', { port, seconds: scale.seconds / 4 })),
  }),
}
