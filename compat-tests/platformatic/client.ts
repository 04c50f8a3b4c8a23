/** The part of the client that the cases use; its own types are not at hand: it is not among the project's dependencies. */
import type { Readable } from 'node:stream'

export interface OutgoingMessage {
  topic: string
  partition?: number
  key?: Buffer
  value?: Buffer
  headers?: Map<Buffer, Buffer>
  timestamp?: bigint
}

export interface SendOptions {
  messages: OutgoingMessage[]
  acks?: number
  compression?: string
  idempotent?: boolean
  autocreateTopics?: boolean
}

export interface PartitionOffset {
  topic: string
  partition: number
  offset: bigint
}

export interface SendResult {
  offsets?: PartitionOffset[]
}

export interface Transaction {
  send(options: SendOptions): Promise<SendResult>
  addConsumer(consumer: Consumer): Promise<void>
  addOffset(message: Message): Promise<void>
  commit(): Promise<void>
  abort(): Promise<void>
}

export interface Producer {
  producerId: bigint | undefined
  producerEpoch: number | undefined
  send(options: SendOptions): Promise<SendResult>
  beginTransaction(options?: object): Promise<Transaction>
  close(force?: boolean): Promise<void>
}

export interface Message {
  topic: string
  partition: number
  key: Buffer | null | undefined
  value: Buffer | null | undefined
  headerEntries: [Buffer, Buffer][]
  timestamp: bigint
  offset: bigint
  commit(): Promise<void> | void
}

export interface MessagesStream extends Readable {
  close(): Promise<void>
}

export interface ConsumeOptions {
  topics: string[]
  mode?: 'latest' | 'earliest' | 'committed' | 'manual'
  fallbackMode?: 'latest' | 'earliest' | 'fail'
  offsets?: PartitionOffset[]
  autocommit?: boolean | number
  isolationLevel?: number
  maxWaitTime?: number
}

export interface Consumer {
  memberId: string | null
  assignments: { topic: string; partitions: number[] }[] | null
  consume(options: ConsumeOptions): Promise<MessagesStream>
  commit(options: { offsets: (PartitionOffset & { leaderEpoch: number })[] }): Promise<void>
  listOffsets(options: {
    topics: string[]
    timestamp?: bigint
    isolationLevel?: number
  }): Promise<Map<string, bigint[]>>
  listOffsetsWithTimestamps(options: {
    topics: string[]
    timestamp?: bigint
  }): Promise<Map<string, Map<number, { offset: bigint; timestamp: bigint }>>>
  listCommittedOffsets(options: { topics: { topic: string; partitions: number[] }[] }): Promise<Map<string, bigint[]>>
  getLag(options: { topics: string[] }): Promise<Map<string, bigint[]>>
  close(force?: boolean): Promise<void>
}

interface ConfigResource {
  resourceType: number
  resourceName: string
}

export interface Group {
  id: string
  state: string
  members: Map<string, { assignments?: Map<string, { topic: string; partitions: number[] }> }>
}

export interface Admin {
  createTopics(options: {
    topics: string[]
    partitions?: number
    replicas?: number
    configs?: { name: string; value: string }[]
  }): Promise<{ id: string; name: string; partitions: number; replicas: number }[]>
  listTopics(): Promise<string[]>
  deleteTopics(options: { topics: string[] }): Promise<void>
  createPartitions(options: {
    topics: { name: string; count: number; assignments: { brokerIds: number[] }[] }[]
  }): Promise<void>
  metadata(options: { topics: string[]; forceUpdate: true }): Promise<{
    id: string
    controllerId: number
    brokers: Map<number, { host: string; port: number }>
    topics: Map<string, { partitions: { leader: number }[] }>
  }>
  describeConfigs(options: {
    resources: (ConfigResource & { configurationKeys?: string[] })[]
  }): Promise<{ configs: { name: string; value: string | null; readOnly: boolean }[] }[]>
  incrementalAlterConfigs(options: {
    resources: (ConfigResource & { configs: { name: string; value?: string; configOperation: number }[] })[]
  }): Promise<void>
  listGroups(options?: { types?: string[] }): Promise<Map<string, { state: string; groupType?: string }>>
  describeGroups(options: { groups: string[] }): Promise<Map<string, Group>>
  deleteGroups(options: { groups: string[] }): Promise<void>
  alterConsumerGroupOffsets(options: {
    groupId: string
    topics: { name: string; partitionOffsets: { partition: number; offset: bigint }[] }[]
  }): Promise<void>
  listConsumerGroupOffsets(options: {
    groups: string[]
  }): Promise<{ topics: { name: string; partitions: { partitionIndex: number; committedOffset: bigint }[] }[] }[]>
  deleteConsumerGroupOffsets(options: {
    groupId: string
    topics: { name: string; partitionIndexes: number[] }[]
  }): Promise<unknown>
  deleteRecords(options: {
    topics: { name: string; partitions: { partition: number; offset: bigint }[] }[]
  }): Promise<{ partitions: { lowWatermark: bigint }[] }[]>
  listOffsets(options: {
    topics: { name: string; partitions: { partitionIndex: number; timestamp: bigint }[] }[]
  }): Promise<{ partitions: { offset: bigint }[] }[]>
  describeLogDirs(options: { topics: { name: string; partitions: number[] }[] }): Promise<{ results: unknown[] }[]>
  findCoordinator(options: { keyType: number; keys: string[] }): Promise<{ key: string; nodeId: number }[]>
  close(): Promise<void>
}

export interface Client {
  Producer: new (options: object) => Producer
  Consumer: new (options: object) => Consumer
  Admin: new (options: object) => Admin
  findErrorBy(error: unknown, property: string, value: unknown): unknown
}
