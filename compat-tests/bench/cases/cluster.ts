import type { Bench, BenchCase, Metrics } from '../bench-case.ts'
import { brokers, withPeak } from '../bench-case.ts'
import { BROKERS, type ClusterTarget, startClusterTarget } from '../cluster-target.ts'
import type { Product } from '../targets.ts'

const PARTITIONS = 6
const CONFIGS = { 'min.insync.replicas': '2' }
const LATENCY = { recordBytes: 100, perSecond: 500, acks: -1 as const }
const WARM_UP_SHARE = 0.25
/** Three replicas of each byte are written, and the load is on the same cores. */
const BYTES_SHARE = 0.5

/** Three brokers of their own under a controller of Apache's; the broker of the turn has nothing to do meanwhile. */
export const clusterCases: BenchCase[] = [
  {
    name: 'cluster/acks-all',
    words: 'three brokers, three replicas, min.insync.replicas=2: 1 KB, acks=all, 6 partitions',
    isQuick: false,
    products: brokers,
    run: ({ product }, bench) => inCluster(product, (cluster) => throughput(cluster, bench)),
  },
  {
    name: 'cluster/latency',
    words: 'the same cluster: 500 records/s one by one, acks=all; then its leader is killed',
    isQuick: false,
    products: brokers,
    run: ({ product }, bench) => inCluster(product, (cluster) => latencyAndFailover(cluster, bench)),
  },
]

async function inCluster(product: Product, work: (cluster: ClusterTarget) => Promise<Metrics>): Promise<Metrics> {
  const cluster = await startClusterTarget(product)
  try {
    return await work(cluster)
  } catch (error) {
    for (const broker of cluster.brokers) console.error(`The log of a broker ends with\n${await broker.logTail()}`)
    throw error
  } finally {
    await cluster.dispose()
  }
}

const portsOf = ({ brokers }: ClusterTarget) => brokers.map(({ port }) => port)
const pidsOf = ({ brokers }: ClusterTarget) => brokers.map(({ pid }) => pid!)

async function createTopic(cluster: ClusterTarget, { load }: Bench, partitions: number): Promise<string> {
  const topic = `cluster-${partitions}`
  const assignments = Array.from({ length: partitions }, (_, partition) =>
    Array.from({ length: BROKERS }, (_, slot) => ((partition + slot) % BROKERS) + 1),
  )
  await load.run('createReplicatedTopic', { ports: portsOf(cluster), topic, assignments, configs: CONFIGS })
  return topic
}

async function throughput(cluster: ClusterTarget, bench: Bench): Promise<Metrics> {
  const topic = await createTopic(cluster, bench, PARTITIONS)
  const pids = pidsOf(cluster)
  const bytes = bench.scale.bytes * BYTES_SHARE
  const job = {
    port: portsOf(cluster)[0],
    brokerPids: pids,
    topic,
    recordBytes: 1_000,
    batchBytes: 65_536,
    acks: -1 as const,
    codec: 'none' as const,
    connections: 1,
    inFlight: 5,
    warmUpBytes: bytes * WARM_UP_SHARE,
    bytes,
  }
  return withPeak(pids, () => bench.load.run('produceToLeaders', job))
}

async function latencyAndFailover(cluster: ClusterTarget, bench: Bench): Promise<Metrics> {
  const { load, scale } = bench
  const topic = await createTopic(cluster, bench, 1)
  const [port, ...others] = portsOf(cluster)
  const found = await load.run('produceLatency', {
    ...LATENCY,
    port,
    topic,
    warmUpSeconds: scale.seconds / 4,
    seconds: scale.seconds,
  })
  await cluster.brokers[0].kill()
  return { ...found, failoverMs: await load.run('firstWrite', { ports: others, topic }) }
}
