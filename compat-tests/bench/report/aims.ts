import { MEMORY, START } from '../cases/index.ts'

/** An aim for one metric of one case. */
export interface Aim {
  /** Aims of one subject stand together. */
  subject: string
  words: string
  case: string
  metric: string
  /** Beside what: Apache in the same run, the floor broker, or nothing. */
  beside: 'apache' | 'floor' | null
  atMost?: number
  atLeast?: number
  /** Where it stands beside nothing; MB when absent. */
  unit?: Unit
}

export interface Unit {
  readonly name: string
  readonly digits: number
}

type AimOfSubject = Omit<Aim, 'subject'>
type Bound = Pick<Aim, 'atMost' | 'atLeast'>

export const MEGABYTES: Unit = { name: ' MB', digits: 0 }
export const MULTIPLE: Unit = { name: '×', digits: 2 }

const aimsOf = (subject: string, aims: readonly AimOfSubject[]): Aim[] => aims.map((aim) => ({ subject, ...aim }))

/** Beside Apache Kafka in the same run. */
const apache = (words: string, name: string, metric: string, bound: Bound): AimOfSubject => {
  return { words, case: name, metric, beside: 'apache', ...bound }
}

const cpu = (words: string, name: string, atMost: number) => apache(`${words}, CPU`, name, 'cpuSPerGb', { atMost })
const throughput = (words: string, name: string, atLeast: number) =>
  apache(`${words}, throughput`, name, 'mbPerS', { atLeast })
const p50 = (words: string, name: string, atMost: number) => apache(`${words}, p50`, name, 'p50Ms', { atMost })
const p99 = (words: string, name: string, atMost: number) => apache(`${words}, p99`, name, 'p99Ms', { atMost })

/** A number of samsa's, beside nothing; megabytes when there is no unit. */
const alone = (words: string, name: string, metric: string, bound: Bound, unit?: Unit): AimOfSubject => {
  return { words, case: name, metric, beside: null, ...bound, unit }
}

export const aims: readonly Aim[] = [
  ...aimsOf('produce', [
    cpu('1 KB', 'produce/base', 0.22),
    throughput('1 KB', 'produce/base', 1.3),
    cpu('100 B', 'produce/100B', 0.25),
    throughput('100 B', 'produce/100B', 1.3),
    cpu('6 partitions', 'produce/6-partitions', 0.4),
    cpu('100 partitions', 'produce/100-partitions', 0.4),
    cpu('100 B, 6 partitions', 'produce/100B-6-partitions', 0.4),
    cpu('16 KB batches', 'produce/16KB-batches', 0.25),
    cpu('1 KB batches', 'produce/1KB-batches', 0.4),
    cpu('gzip', 'produce/gzip', 0.4),
    cpu('snappy', 'produce/snappy', 0.45),
    cpu('lz4', 'produce/lz4', 0.3),
    cpu('zstd', 'produce/zstd', 0.4),
  ]),
  ...aimsOf('consume', [
    cpu('tail', 'consume/tail', 0.45),
    throughput('tail', 'consume/tail', 1.2),
    cpu('catch up', 'consume/catch-up', 0.85),
    throughput('catch up', 'consume/catch-up', 1.2),
    cpu('cold', 'consume/cold', 1.5),
  ]),
  ...aimsOf('share groups', [
    throughput('records', 'share/fetch', 1.2),
    cpu('records', 'share/fetch', 0.5),
    p99('acknowledgement', 'share/commit', 0.5),
    p99('acknowledgement at 100 MB/s', 'share/commit-steadily', 0.5),
  ]),
  ...aimsOf('latency', [
    p50('produce', 'latency/produce', 0.6),
    p99('produce', 'latency/produce', 0.4),
    p50('end to end', 'latency/end-to-end', 0.5),
    p99('end to end', 'latency/end-to-end', 0.1),
  ]),
  ...aimsOf('transactions', [
    throughput('bulk', 'transactions/bulk', 1.2),
    cpu('bulk', 'transactions/bulk', 0.3),
    p50('begin to committed', 'transactions/short', 0.12),
  ]),
  ...aimsOf('many clients', [
    apache('1,000 connections, rate', 'crowd/connections', 'requestsPerS', { atLeast: 1.5 }),
    apache('1,000 connections, CPU a request', 'crowd/connections', 'cpuMsPerThousand', { atMost: 0.5 }),
    p50('1,000 connections', 'crowd/connections', 0.7),
    apache('200 groups, CPU', 'crowd/groups', 'brokerCores', { atMost: 0.4 }),
    p99('200 groups', 'crowd/groups', 0.5),
  ]),
  ...aimsOf('real clients', [
    cpu('Java producer, 1 KB', 'client/java-produce', 0.35),
    cpu('Java producer, 100 B', 'client/java-produce-100B', 0.45),
    cpu('Java consumer', 'client/java-consume', 0.6),
  ]),
  ...aimsOf('security', [
    cpu('produce over TLS', 'security/produce-ssl', 0.6),
    throughput('produce over TLS', 'security/produce-ssl', 1.2),
    cpu('consume over TLS', 'security/consume-ssl', 0.6),
    throughput('consume over TLS', 'security/consume-ssl', 1.2),
    p99('a login', 'security/login', 0.5),
    alone('10,000 ACLs, throughput', 'security/acls', 'aclsRate', { atLeast: 0.97 }, MULTIPLE),
  ]),
  ...aimsOf('cluster', [
    cpu('three replicas', 'cluster/acks-all', 0.4),
    throughput('three replicas', 'cluster/acks-all', 1.3),
    p99('three replicas', 'cluster/latency', 0.5),
    alone('memory of three brokers', 'cluster/acks-all', 'peakMb', { atMost: 600 }),
  ]),
  ...aimsOf('proxy', [alone('adds, p50', 'proxy/produce', 'proxyAddsMs', { atMost: 0.3 }, { name: ' ms', digits: 2 })]),
  ...aimsOf('watched beside unwatched', [
    alone('counted and scraped, throughput', 'watched/metrics', 'watchedRate', { atLeast: 0.99 }, MULTIPLE),
    alone('counted and scraped, memory', 'watched/metrics', 'watchedMb', { atMost: 15 }),
    alone('the page open, throughput', 'watched/page', 'watchedRate', { atLeast: 0.99 }, MULTIPLE),
    alone('the page open, memory', 'watched/page', 'watchedMb', { atMost: 15 }),
  ]),
  ...aimsOf('start', [apache('first answer', START, 'startMs', { atMost: 1 / 12 })]),
  ...aimsOf('memory', [
    alone('idle', MEMORY, 'idleMb', { atMost: 55 }),
    alone('under load', MEMORY, 'loadedMb', { atMost: 150 }),
    alone('at most in the round', MEMORY, 'peakMb', { atMost: 200 }),
  ]),
  ...aimsOf('beside the floor', [
    { words: '1 KB, CPU', case: 'produce/base', metric: 'cpuSPerGb', beside: 'floor', atMost: 1.4 },
    // The floor does not walk over records: 0.15 s/GB at 100 B come on top of its multiple.
    { words: '100 B, CPU', case: 'produce/100B', metric: 'cpuSPerGb', beside: 'floor', atMost: 1.4 },
  ]),
]
