/**
 * The answers of the page's endpoints, which the front end reads as they are. Offsets and sizes are numbers of JSON: they
 * are exact up to 2^53. `-1` stands where Kafka has it: nothing is known, or nothing was committed.
 */

/** A value as JSON has it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

export interface Problem {
  /** Kafka's name of the error. */
  readonly error: string
  readonly message: string
}

export interface Session {
  readonly principal: string
  /** How the principal is known; a session can be ended. */
  readonly by: 'loopback' | 'anybody' | 'password' | 'session' | 'token' | 'certificate'
  readonly readOnly: boolean
  readonly clusterId: string
  /** The broker that serves this page. */
  readonly brokerId: number
  /** The control API is on: rules of faults are seen and set here. */
  readonly faults: boolean
  /** Operations on the cluster that are allowed to who is logged in. */
  readonly operations: readonly string[]
}

export interface TopicRow {
  readonly name: string
  readonly internal: boolean
  readonly partitions: number
  readonly replicas: number
  /** Between the first and the last offset, so that compaction and control records make it an estimate from above. */
  readonly records: number
  /** -1: who is logged in may not see it. */
  readonly bytes: number
  /** Partitions with fewer replicas in sync than there are. */
  readonly underReplicated: number
  /** Partitions without a leader. */
  readonly offline: number
  readonly cleanupPolicy: string
  readonly retentionMs: number
}

export interface PartitionRow {
  readonly partition: number
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
  readonly offline: readonly number[]
  readonly start: number
  readonly end: number
  readonly stable: number
  readonly bytes: number
  /** Why the offsets are not known. */
  readonly problem: string | null
}

export interface TopicDetail {
  readonly name: string
  readonly id: string
  readonly internal: boolean
  readonly operations: readonly string[]
  readonly partitions: readonly PartitionRow[]
}

export interface TopicGroup {
  readonly groupId: string
  readonly type: string
  readonly state: string
  readonly members: number
  readonly lag: number
}

export interface ConfigRow {
  readonly name: string
  readonly value: string | null
  readonly source: string
  readonly type: string
  readonly readOnly: boolean
  readonly sensitive: boolean
  readonly documentation: string | null
  /** The values that would hold in the absence of those before them. */
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: string }[]
}

export type RecordKind = 'record' | 'aborted' | 'open' | 'control'

export interface RecordRow {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: 'CreateTime' | 'LogAppendTime' | 'NoTimestampType'
  readonly kind: RecordKind
  /** Base64, of at most `SHOWN_BYTES`; null: there is none. */
  readonly key: string | null
  readonly value: string | null
  /** Whole sizes in bytes; -1: null. */
  readonly keySize: number
  readonly valueSize: number
  readonly headers: readonly { readonly key: string; readonly value: string | null }[]
  readonly producerId: number
  readonly producerEpoch: number
  readonly sequence: number
  readonly transactional: boolean
  readonly compression: string
  readonly batchOffset: number
  readonly batchBytes: number
  /** The key and the value as their schemas read them; null: they name none, or nobody can look it up. */
  readonly keySchema: ReadBySchema | null
  readonly valueSchema: ReadBySchema | null
  /** A record of one of Kafka's own topics, or a control record, in words; null: any other. */
  readonly decoded: {
    readonly type: string
    readonly key?: Json
    readonly value: Json
    readonly version?: number
  } | null
}

/** `json` is the text of the value. */
export type ReadBySchema =
  | { readonly id: number; readonly type: string; readonly json: string; readonly problem: null }
  | { readonly problem: string }

export interface RecordPage {
  readonly records: readonly RecordRow[]
  /** Where reading goes on, by partition; null: everything was read. */
  readonly next: Readonly<Record<string, number>> | null
  /** The records that were looked at; those that the next page begins with are counted there. */
  readonly scanned: number
  /** Partitions that could not be read, and why. */
  readonly problems: readonly { readonly partition: number; readonly message: string }[]
}

export interface GroupRow {
  readonly groupId: string
  readonly type: string
  readonly protocolType: string
  readonly state: string
  readonly members: number
  readonly topics: readonly string[]
  /** Records behind the ends of the partitions, altogether; -1: nothing is committed. */
  readonly lag: number
  readonly problem: string | null
}

export interface MemberRow {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly host: string
  readonly epoch: number
  readonly subscribed: readonly string[]
  readonly assigned: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
  /** The assignment that the member is to have; null: the one that it has. */
  readonly target: readonly { readonly topic: string; readonly partitions: readonly number[] }[] | null
  readonly rack: string | null
  /** The process and the tasks of a member of a streams group; null and none of another. */
  readonly process: string | null
  readonly tasks: readonly {
    readonly kind: string
    readonly subtopology: string
    readonly partitions: readonly number[]
  }[]
}

export interface GroupPartition {
  readonly topic: string
  readonly partition: number
  readonly start: number
  /** -1: nothing is committed. */
  readonly committed: number
  readonly end: number
  readonly lag: number
  readonly member: string | null
  readonly metadata: string
}

export interface GroupDetail {
  readonly groupId: string
  readonly type: string
  readonly state: string
  readonly protocol: string
  readonly epoch: number
  readonly assignmentEpoch: number
  readonly operations: readonly string[]
  readonly members: readonly MemberRow[]
  readonly partitions: readonly GroupPartition[]
  /** The topology of a streams group. */
  readonly subtopologies: readonly {
    readonly id: string
    readonly sources: readonly string[]
    readonly sinks: readonly string[]
    readonly changelogs: readonly string[]
    readonly repartitions: readonly string[]
  }[]
}

/** Records of a share partition whose fate is not yet that of all before them. */
export interface InFlightRun {
  readonly topic: string
  readonly partition: number
  readonly first: number
  readonly last: number
  readonly state: string
  readonly deliveries: number
}

export interface OffsetChange {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly end: number
}

export interface TransactionRow {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly state: string
  readonly startedMs: number
  readonly timeoutMs: number
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
}

export interface ProducerRow {
  readonly topic: string
  readonly partition: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
  /** -1: it has no transaction open here. */
  readonly transactionStart: number
  /** Open for longer than any transaction may be, and no coordinator knows of it (KIP-664). */
  readonly hanging: boolean
}

export interface LogDirRow {
  readonly path: string
  readonly problem: string | null
  readonly totalBytes: number
  readonly usableBytes: number
  readonly cordoned: boolean
  readonly bytes: number
  readonly replicas: readonly {
    readonly topic: string
    readonly partition: number
    readonly bytes: number
    readonly lag: number
    readonly future: boolean
  }[]
}

export interface AclRow {
  readonly resourceType: string
  readonly resourceName: string
  readonly patternType: string
  readonly principal: string
  readonly host: string
  readonly operation: string
  readonly permission: string
}

export interface UserRow {
  readonly name: string
  readonly credentials: readonly { readonly mechanism: string; readonly iterations: number }[]
}

export interface QuotaRow {
  readonly entity: readonly { readonly type: string; readonly name: string | null }[]
  readonly values: Readonly<Record<string, number>>
}

export interface BrokerRow {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
  readonly fenced: boolean
  readonly controller: boolean
  readonly leads: number
  readonly replicas: number
}

export interface QuorumRow {
  readonly id: number
  readonly voter: boolean
  readonly end: number
  readonly lag: number
  readonly lastFetchMs: number
  readonly lastCaughtUpMs: number
  readonly leader: boolean
}

export interface ClusterDetail {
  readonly brokers: readonly BrokerRow[]
  readonly quorum: {
    readonly leaderId: number
    readonly epoch: number
    readonly highWatermark: number
    readonly nodes: readonly QuorumRow[]
  } | null
  /** Why there is no word of the quorum. */
  readonly quorumProblem: string | null
  readonly features: readonly { readonly name: string; readonly level: number; readonly max: number }[]
}

/** One moment of the live stream. */
export interface LiveSample {
  readonly timeMs: number
  /** Records a second since the last sample, by topic; topics at rest are left out. */
  readonly rates: Readonly<Record<string, number>>
  readonly recordsPerSecond: number
  readonly records: number
  readonly topics: number
  readonly partitions: number
  readonly offline: number
  readonly underReplicated: number
  readonly bytes: number
  readonly diskTotal: number
  readonly diskFree: number
  readonly groups: number
  readonly groupsBehind: number
  readonly lag: number
  /** Groups that are behind, the most first. */
  readonly behind: readonly { readonly groupId: string; readonly lag: number }[]
  /** Numbers of the broker that serves the page; null: who is logged in may not see them. */
  readonly broker: BrokerNumbers | null
}

export interface BrokerNumbers {
  readonly connections: number
  readonly bytesInPerSecond: number
  readonly bytesOutPerSecond: number
  readonly requestsPerSecond: number
  readonly errorsPerSecond: number
  readonly memoryBytes: number
  /** The share of the time in which the broker's loop is at work, 0 to 1. */
  readonly busy: number
}

export interface ConnectionRow {
  readonly id: string
  readonly principal: string
  readonly software: string
  readonly softwareVersion: string
  readonly address: string
  readonly port: number
  readonly listener: string
  readonly protocol: string
}

/** A client that pushes its metrics, or has done so a short while ago (KIP-714). */
export interface TelemetryClient {
  readonly instanceId: string
  readonly clientId: string
  readonly software: string
  readonly softwareVersion: string
  readonly series: readonly TelemetrySeries[]
}

/** One of them in a list. */
export interface TelemetryRow extends Omit<TelemetryClient, 'series'> {
  /** How many series there are. */
  readonly metrics: number
}

export interface TelemetrySeries {
  readonly name: string
  readonly type: string
  readonly help: string
  /** Without those that say whose it is. */
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** An event of the audit: a request that was denied, a login, a change. */
export interface AuditRow {
  readonly kind: 'denied' | 'login-failed' | 'login' | 'change'
  /** Empty: a login that failed. */
  readonly principal: string
  readonly address: string
  readonly what: string
  readonly firstMs: number
  readonly lastMs: number
  readonly times: number
}
