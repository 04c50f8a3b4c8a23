/** A broker as a test has it in its hand: what `startBroker` resolves to. */

import type { ApiName } from '../../protocol/api-types.ts'
import type {
  ConsumedRecord,
  GroupContent,
  RecordsOptions,
  RecordToProduce,
  TopicContent,
  WaitOptions,
} from './content.ts'
import type { Faults } from './faults/faults.ts'
import type { Coordinated } from './moves.ts'
import type { BrokerTls } from './throw-away-tls.ts'
import type { WitnessedRequest } from './witness.ts'

export interface RunningBroker extends AsyncDisposable {
  /** `host:port` of the first listener, as clients take it. */
  readonly bootstrapServers: string
  readonly port: number
  /** Where HTTP is served (`samsa.http.listeners`), as `http://host:port`. */
  readonly httpUrls: readonly string[]
  /** Where the schema registry is served, as clients take it; null: none was asked for. */
  readonly schemaRegistryUrl: string | null
  /** Where programs in any language control this broker, as `http://127.0.0.1:9644/control`; null: `control` was not asked for. */
  readonly controlUrl: string | null
  /** The directory that holds the data, or the list of `log.dirs`; null: it is in memory. */
  readonly data: string | null
  /** null: `tls` was not asked for. */
  readonly tls: BrokerTls | null
  /** Makes requests, the network and the disk of this broker fail as a test wants them to. */
  readonly faults: Faults
  /** With `clock: 'manual'`; else moving it throws. */
  readonly clock: BrokerClock
  /** Compacts the logs of a topic now, the records written last included. */
  compact(topic: string): Promise<void>
  /** Deletes now what `retention.ms` and `retention.bytes` let go; resolves to the number of segments. */
  applyRetention(topic: string): Promise<number>
  /** Looks now for committed offsets of a group that nobody needs any more. */
  expireOffsets(groupId: string): Promise<void>
  /** The last requests with their answers and times, oldest first. */
  requests<Api extends ApiName>(which?: { readonly api?: Api; readonly clientId?: string }): WitnessedRequest<Api>[]
  /** Each request when it has been answered, from now on. */
  watch(): AsyncGenerator<WitnessedRequest>
  /** Writes records, in partition 0 where they name none; resolves to where they are. */
  produce(
    topic: string,
    records: readonly (RecordToProduce | string)[],
  ): Promise<{ partition: number; offset: number }[]>
  /** The records of a topic, decoded. With `count` it waits; an error says what was there instead. */
  records(topic: string, options?: RecordsOptions): Promise<ConsumedRecord[]>
  topics(): Promise<TopicContent[]>
  groups(): Promise<GroupContent[]>
  /** Waits until the group is stable, with so many members. */
  groupSettled(groupId: string, options?: WaitOptions & { readonly members?: number }): Promise<GroupContent>
  /** Waits until the group has committed the ends of its partitions. */
  lagZero(groupId: string, options?: WaitOptions): Promise<void>
  /** Answers what is in flight and stops. Data in memory is gone. A second call waits for the first. */
  stop(): Promise<void>
  /**
   * Writes a data directory that samsa and Apache Kafka open, with all that was acknowledged so far. `directory` must be
   * empty, or not be there yet. The broker goes on.
   */
  save(directory: string): Promise<void>
  /**
   * Back to how the broker was when it became ready: topics, groups, transactions, configurations, quotas, ACLs and users.
   * Topics that it had then are there and empty. Clients stay connected, and find out as after a topic's deletion. Fault
   * rules and what the broker remembers of requests stay. Rejects where there were records when it became ready: those do
   * not come back.
   */
  reset(): Promise<void>
  /**
   * The coordinator of a group, or of a transactional id, moves, and its state is loaded anew. Each client that knew it is
   * answered NOT_COORDINATOR until it has asked who it is.
   */
  moveCoordinator(of: Coordinated): Promise<void>
  /**
   * The leader of a partition (0 where none is named) begins a new epoch, as after an election: requests that wait for records or
   * replicas are answered NOT_LEADER_OR_FOLLOWER, readers of the epoch before FENCED_LEADER_EPOCH. Resolves to the epoch.
   */
  changeLeaderEpoch(topic: string, partition?: number): Promise<number>
  /**
   * Deletes a topic and makes it anew at once, with the same partitions and configurations: it is empty, and has another id,
   * to which this resolves. Clients that know it by the id of before are answered UNKNOWN_TOPIC_ID.
   */
  recreateTopic(topic: string): Promise<string>
  /** Another broker with the same content, on a port of its own. It shares what neither of the two changes. */
  fork(): Promise<RunningBroker>
}

export interface BrokerClock {
  /** Whether it stands still until `advance` moves it. */
  readonly isManual: boolean
  /** Wall clock of the broker, in milliseconds since the epoch. */
  nowMs(): number
  /** Milliseconds, or `500ms`, `30s`, `5m`, `2h`, `7d`. Resolves when all that follows has been done in the broker. */
  advance(duration: number | string): Promise<void>
}
