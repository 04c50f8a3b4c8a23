/**
 * A cluster as it is seen at one moment, and what two moments say of the time between them. Numbers that only ever rise
 * become rates; null is a number that the source of a snapshot does not know.
 */

export interface TopicNow {
  readonly topic: string
  readonly partitions: number
  /** Offsets behind the last records, of all partitions. */
  readonly records: number
  readonly bytesIn: number | null
  readonly bytesOut: number | null
  readonly sizeBytes: number | null
}

export interface GroupNow {
  readonly group: string
  readonly type: string
  readonly state: string
  readonly members: number | null
  /** Offsets to which the group has come, of all partitions. */
  readonly position: number
  readonly lag: number | null
  /** The age of the oldest record that it has not come to. */
  readonly lagSeconds: number | null
}

/** A client by its client id, as a broker counts it, or a member of a group, by the offsets that the group commits. */
export interface ClientNow {
  readonly client: string
  /** null: the source counts by client id, whatever groups it is in. */
  readonly group: string | null
  readonly host: string | null
  /** The partitions of a member: one that was given others has no rate for once. */
  readonly assignment: string | null
  readonly connections: number | null
  readonly requests: number | null
  readonly bytesIn: number | null
  readonly bytesOut: number | null
  readonly position: number | null
}

export interface Snapshot {
  /** On a monotonic clock. */
  readonly atMs: number
  readonly brokers: number
  readonly topics: readonly TopicNow[]
  readonly groups: readonly GroupNow[]
  readonly clients: readonly ClientNow[]
}

/** Something that looks at a cluster; `by` says in a word how. */
export interface Source {
  readonly by: string
  look(): Promise<Snapshot>
}

export interface TopicRow {
  readonly topic: string
  readonly partitions: number
  readonly recordsPerSecond: number | null
  readonly bytesInPerSecond: number | null
  readonly bytesOutPerSecond: number | null
  readonly sizeBytes: number | null
}

export interface GroupRow {
  readonly group: string
  readonly type: string
  readonly state: string
  readonly members: number | null
  readonly recordsPerSecond: number | null
  readonly lag: number | null
  readonly lagSeconds: number | null
}

export interface ClientRow {
  readonly client: string
  readonly group: string | null
  readonly host: string | null
  readonly connections: number | null
  readonly requestsPerSecond: number | null
  readonly bytesInPerSecond: number | null
  readonly bytesOutPerSecond: number | null
  readonly recordsPerSecond: number | null
}

export interface Rates {
  readonly brokers: number
  readonly topics: readonly TopicRow[]
  readonly groups: readonly GroupRow[]
  readonly clients: readonly ClientRow[]
}

/** `before` is null for the first snapshot, which has no rates. */
export function ratesOf(before: Snapshot | null, now: Snapshot): Rates {
  const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1_000
  const topics = new Map(before?.topics.map((each) => [each.topic, each]))
  const groups = new Map(before?.groups.map((each) => [each.group, each]))
  const clients = new Map(before?.clients.map((each) => [clientKey(each), each]))
  const rate = (was: number | null | undefined, is: number | null) => rateOf(was ?? null, is, seconds)
  return {
    brokers: now.brokers,
    topics: now.topics.map(({ topic, partitions, sizeBytes, ...is }) => {
      const was = topics.get(topic)
      return {
        topic,
        partitions,
        sizeBytes,
        recordsPerSecond: rate(was?.records, is.records),
        bytesInPerSecond: rate(was?.bytesIn, is.bytesIn),
        bytesOutPerSecond: rate(was?.bytesOut, is.bytesOut),
      }
    }),
    groups: now.groups.map(({ position, ...is }) => ({
      ...is,
      recordsPerSecond: rate(groups.get(is.group)?.position, position),
    })),
    clients: now.clients.map((is) => {
      const was = clients.get(clientKey(is))
      const { client, group, host, connections } = is
      return {
        client,
        group,
        host,
        connections,
        requestsPerSecond: rate(was?.requests, is.requests),
        bytesInPerSecond: rate(was?.bytesIn, is.bytesIn),
        bytesOutPerSecond: rate(was?.bytesOut, is.bytesOut),
        recordsPerSecond: rate(was?.position, is.position),
      }
    }),
  }
}

const clientKey = ({ client, group, host, assignment }: ClientNow): string =>
  JSON.stringify([client, group, host, assignment])

/** A number that has fallen began anew: a topic that was made again, a broker that was started again. */
function rateOf(was: number | null, is: number | null, seconds: number): number | null {
  if (was === null || is === null || is < was || seconds <= 0) return null
  return (is - was) / seconds
}
