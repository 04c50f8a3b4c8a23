/** A cluster of samsa, seen through `/metrics` of its brokers: bytes, sizes and clients too. */
import { type ListedGroup, listGroups } from '../../client/admin/groups.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import type { Clock } from '../../env/index.ts'
import { type ReadSample, samplesIn } from './exposition-reader.ts'
import type { ClientNow, GroupNow, Snapshot, Source, TopicNow } from './snapshot.ts'

const END = 'kafka_topic_partition_current_offset'
const BYTES_IN = 'kafka_server_brokertopicmetrics_bytesin_total'
const BYTES_OUT = 'kafka_server_brokertopicmetrics_bytesout_total'
const SIZE = 'kafka_log_log_size'
const MEMBERS = 'kafka_consumergroup_members'
const POSITION = 'kafka_consumergroup_current_offset'
const LAG = 'kafka_consumergroup_lag'
const LAG_SECONDS = 'kafka_consumergroup_lag_seconds'
const CONNECTIONS = 'samsa_client_connections'
const REQUESTS = 'samsa_client_request_total'
const CLIENT_IN = 'samsa_client_incoming_byte_total'
const CLIENT_OUT = 'samsa_client_outgoing_byte_total'
const BROKER = 'kafka_broker_info'
const NAMES: ReadonlySet<string> = new Set([
  ...[END, BYTES_IN, BYTES_OUT, SIZE, MEMBERS, POSITION, LAG, LAG_SECONDS],
  ...[CONNECTIONS, REQUESTS, CLIENT_IN, CLIENT_OUT, BROKER],
])

const TIMEOUT_MS = 5_000
const FIRST_TIMEOUT_MS = 1_000

export interface MetricsPlace {
  /** Without a slash at its end. */
  readonly url: string
  /** For `Authorization`; null: nobody in particular asks. */
  readonly authorization: string | null
}

type Samples = ReadonlyMap<string, readonly ReadSample[]>

async function scrape({ url, authorization }: MetricsPlace, timeoutMs = TIMEOUT_MS): Promise<Samples> {
  const response = await fetch(`${url}/metrics`, {
    signal: AbortSignal.timeout(timeoutMs),
    headers: authorization === null ? {} : { authorization },
  })
  if (!response.ok) throw new Error(`${url}/metrics answers ${response.status}`)
  return samplesIn(await response.text(), NAMES)
}

/** Whether these are metrics of samsa, and of the cluster that has these brokers. */
export async function isOfCluster(place: MetricsPlace, brokers: readonly string[]): Promise<boolean> {
  try {
    const samples = await scrape(place, FIRST_TIMEOUT_MS)
    return of(samples, BROKER).some(({ labels }) => brokers.includes(labels.address ?? ''))
  } catch {
    return false
  }
}

const of = (samples: Samples, name: string): readonly ReadSample[] => samples.get(name) ?? []

export function metricsSource(client: ClusterClient, clock: Clock, places: readonly MetricsPlace[]): Source {
  return {
    by: 'metrics',
    async look() {
      const [pages, groups] = await Promise.all([Promise.all(places.map((each) => scrape(each))), listGroups(client)])
      const all = new Map([...NAMES].map((name) => [name, pages.flatMap((page) => of(page, name))]))
      return snapshotOf(all, groups, clock.monotonicMs())
    },
  }
}

/** Each broker tells of the partitions that it leads and the groups that it coordinates: sums are right. */
export function snapshotOf(samples: Samples, groups: readonly ListedGroup[], atMs: number): Snapshot {
  const brokers = new Set(of(samples, BROKER).map(({ labels }) => labels.id)).size
  return { atMs, brokers, topics: topicsOf(samples), groups: groupsOf(samples, groups), clients: clientsOf(samples) }
}

function topicsOf(samples: Samples): TopicNow[] {
  const [bytesIn, bytesOut] = [sums(of(samples, BYTES_IN), 'topic'), sums(of(samples, BYTES_OUT), 'topic')]
  const sizes = sums(of(samples, SIZE), 'topic')
  const partitions = sums(
    of(samples, END).map(({ labels }) => ({ labels, value: 1 })),
    'topic',
  )
  return [...sums(of(samples, END), 'topic')].map(([topic, records]) => ({
    topic,
    records,
    partitions: partitions.get(topic) ?? 0,
    sizeBytes: sizes.get(topic) ?? null,
    bytesIn: bytesIn.get(topic) ?? 0,
    bytesOut: bytesOut.get(topic) ?? 0,
  }))
}

function groupsOf(samples: Samples, groups: readonly ListedGroup[]): GroupNow[] {
  const members = sums(of(samples, MEMBERS), 'consumergroup')
  const begun = (name: string) => of(samples, name).filter(({ value }) => value >= 0)
  const positions = sums(begun(POSITION), 'consumergroup')
  const lags = sums(begun(LAG), 'consumergroup')
  const ages = new Map<string, number>()
  for (const { labels, value } of of(samples, LAG_SECONDS)) {
    const { consumergroup = '' } = labels
    ages.set(consumergroup, Math.max(value, ages.get(consumergroup) ?? 0))
  }
  return groups.map(({ groupId, type, state }) => ({
    group: groupId,
    type,
    state,
    members: members.get(groupId) ?? null,
    position: positions.get(groupId) ?? 0,
    lag: lags.get(groupId) ?? null,
    lagSeconds: ages.get(groupId) ?? null,
  }))
}

function clientsOf(samples: Samples): ClientNow[] {
  const [requests, bytesIn, bytesOut] = [REQUESTS, CLIENT_IN, CLIENT_OUT].map((name) =>
    sums(of(samples, name), 'client_id'),
  )
  return [...sums(of(samples, CONNECTIONS), 'client_id')].map(([client, connections]) => ({
    client,
    connections,
    group: null,
    host: null,
    assignment: null,
    position: null,
    requests: requests?.get(client) ?? null,
    bytesIn: bytesIn?.get(client) ?? null,
    bytesOut: bytesOut?.get(client) ?? null,
  }))
}

/** By the value of a label; series without it are sums themselves. */
function sums(samples: readonly ReadSample[], label: string): Map<string, number> {
  const totals = new Map<string, number>()
  for (const { labels, value } of samples) {
    const key = labels[label]
    if (key !== undefined) totals.set(key, (totals.get(key) ?? 0) + value)
  }
  return totals
}
