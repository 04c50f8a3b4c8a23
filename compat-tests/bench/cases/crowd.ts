import type { BenchCase } from '../bench-case.ts'
import { brokers, withPeak, withTopic } from '../bench-case.ts'

const connections = 1_000
const groups = 200
const idleConsumers = 10_000
const topics = 1_000
const members = 500

export const crowdCases: BenchCase[] = [
  {
    name: 'crowd/connections',
    words: '1,000 connections, each with one 100 B record on its way',
    isQuick: true,
    products: brokers,
    run: (target, bench) =>
      withTopic(target, bench, 1, (topic) => {
        const { seconds } = bench.scale
        const about = { port: target.port, brokerPid: target.pid, topic, recordBytes: 100 }
        const job = { ...about, connections, warmUpSeconds: seconds / 4, seconds: seconds / 2 }
        return withPeak([target.pid], () => bench.load.run('manyConnections', job))
      }),
  },
  {
    name: 'crowd/groups',
    words: '200 groups that each receive 20 records/s and commit every second',
    isQuick: true,
    products: brokers,
    run: (target, bench) =>
      withTopic(target, bench, 1, (topic) => {
        const { seconds } = bench.scale
        const about = { port: target.port, brokerPid: target.pid, topic, recordBytes: 100, acks: -1 as const }
        const times = { perSecond: 20, warmUpSeconds: seconds / 4, seconds, commitEveryMs: 1_000 }
        return withPeak([target.pid], () => bench.load.run('manyGroups', { ...about, ...times, groups }))
      }),
  },
  {
    name: 'crowd/idle-consumers',
    words: '10,000 consumers that wait at the end of an empty partition',
    isQuick: false,
    products: brokers,
    run: (target, bench) =>
      withTopic(target, bench, 1, (topic) => {
        const { seconds } = bench.scale
        const about = { port: target.port, brokerPid: target.pid, topic }
        const job = { ...about, consumers: idleConsumers, warmUpSeconds: seconds / 4, seconds }
        return withPeak([target.pid], () => bench.load.run('idleConsumers', job))
      }),
  },
  {
    name: 'crowd/metadata',
    words: 'the metadata of 1,000 topics at once, asked for again and again',
    isQuick: false,
    products: brokers,
    run: async (target, bench) => {
      const { seconds } = bench.scale
      const about = { port: target.port, brokerPid: target.pid, prefix: 'bench-metadata' }
      const job = { ...about, topics, warmUpSeconds: seconds / 2, seconds }
      return { ...(await bench.load.run('allMetadata', job)) }
    },
  },
  {
    name: 'crowd/rebalance',
    words: 'a group of 500 members, of which one goes and comes back',
    isQuick: false,
    products: brokers,
    run: async (target, bench) => {
      const about = { port: target.port, brokerPid: target.pid, group: 'bench-rebalance' }
      return { ...(await bench.load.run('rebalances', { ...about, members, times: Math.ceil(bench.scale.seconds) })) }
    },
  },
]
