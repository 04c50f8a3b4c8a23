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

export const MEGABYTES: Unit = { name: ' MB', digits: 0 }
export const MULTIPLE: Unit = { name: '×', digits: 2 }

const WATCHED = 'watched/produce'

const aimsOf = (subject: string, aims: readonly AimOfSubject[]): Aim[] => aims.map((aim) => ({ subject, ...aim }))

const cpu = (words: string, name: string, atMost: number): AimOfSubject =>
  atMostApache(`${words}, CPU`, name, 'cpuSPerGb', atMost)

const throughput = (words: string, name: string, atLeast: number): AimOfSubject =>
  atLeastApache(`${words}, throughput`, name, 'mbPerS', atLeast)

const p50 = (words: string, name: string, atMost: number): AimOfSubject =>
  atMostApache(`${words}, p50`, name, 'p50Ms', atMost)

const p99 = (words: string, name: string, atMost: number): AimOfSubject =>
  atMostApache(`${words}, p99`, name, 'p99Ms', atMost)

const atMostApache = (words: string, name: string, metric: string, atMost: number): AimOfSubject => ({
  words,
  case: name,
  metric,
  beside: 'apache',
  atMost,
})

const atLeastApache = (words: string, name: string, metric: string, atLeast: number): AimOfSubject => ({
  words,
  case: name,
  metric,
  beside: 'apache',
  atLeast,
})

/** Megabytes, beside nothing. */
const memory = (words: string, name: string, metric: string, atMost: number): AimOfSubject => ({
  words,
  case: name,
  metric,
  beside: null,
  atMost,
})

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
    atLeastApache('1,000 connections, rate', 'crowd/connections', 'requestsPerS', 1.5),
    atMostApache('1,000 connections, CPU a request', 'crowd/connections', 'cpuMsPerThousand', 0.5),
    p50('1,000 connections', 'crowd/connections', 0.7),
    atMostApache('200 groups, CPU', 'crowd/groups', 'brokerCores', 0.4),
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
    {
      words: '10,000 ACLs, throughput',
      case: 'security/acls',
      metric: 'aclsRate',
      beside: null,
      atLeast: 0.97,
      unit: MULTIPLE,
    },
  ]),
  ...aimsOf('cluster', [
    cpu('three replicas', 'cluster/acks-all', 0.4),
    throughput('three replicas', 'cluster/acks-all', 1.3),
    p99('three replicas', 'cluster/latency', 0.5),
    memory('memory of three brokers', 'cluster/acks-all', 'peakMb', 600),
  ]),
  ...aimsOf('proxy', [
    {
      words: 'adds, p50',
      case: 'proxy/produce',
      metric: 'proxyAddsMs',
      beside: null,
      atMost: 0.3,
      unit: { name: ' ms', digits: 2 },
    },
  ]),
  ...aimsOf('watched beside unwatched', [
    { words: 'throughput', case: WATCHED, metric: 'watchedRate', beside: null, atLeast: 0.99, unit: MULTIPLE },
    memory('memory', WATCHED, 'watchedMb', 15),
  ]),
  ...aimsOf('start', [atMostApache('first answer', START, 'startMs', 1 / 12)]),
  ...aimsOf('memory', [
    memory('idle', MEMORY, 'idleMb', 55),
    memory('under load', MEMORY, 'loadedMb', 150),
    memory('at most in the round', MEMORY, 'peakMb', 200),
  ]),
  ...aimsOf('beside the floor', [
    { words: '1 KB, CPU', case: 'produce/base', metric: 'cpuSPerGb', beside: 'floor', atMost: 1.4 },
    // The floor does not walk over records: 0.15 s/GB at 100 B come on top of its multiple.
    { words: '100 B, CPU', case: 'produce/100B', metric: 'cpuSPerGb', beside: 'floor', atMost: 1.4 },
  ]),
]
