/** The part of node-rdkafka that the cases use; its own types come with the package, which is not among the project's. */

export interface KafkaError extends Error {
  code: number
  isFatal?: boolean
  isTxnRequiresAbort?: boolean
}

export interface TopicPartition {
  topic: string
  partition: number
}

export interface TopicPartitionOffset extends TopicPartition {
  offset: number
}

export type Header = Record<string, string | Buffer>

export interface Message extends TopicPartitionOffset {
  value: Buffer | null
  key?: Buffer | string | null
  timestamp?: number
  headers?: Header[]
}

export interface Report extends TopicPartitionOffset {
  opaque?: unknown
}

export interface Metadata {
  topics: { name: string; partitions: { id: number; leader: number }[] }[]
  brokers: { id: number; host: string; port: number }[]
}

export type Done<T = unknown> = (error: KafkaError | null, answer: T) => void

export interface Connected {
  connect(options: object, done: Done<Metadata>): void
  disconnect(done: Done): void
  getMetadata(options: { topic?: string; allTopics?: boolean; timeout?: number }, done: Done<Metadata>): void
  queryWatermarkOffsets(
    topic: string,
    partition: number,
    timeout: number,
    done: Done<{ lowOffset: number; highOffset: number }>,
  ): void
  on(event: string, listener: (...args: never[]) => void): this
}

export interface Producer extends Connected {
  setPollInterval(milliseconds: number): void
  produce(
    topic: string,
    partition: number | null,
    value: Buffer | null,
    key?: Buffer | string | null,
    timestamp?: number | null,
    opaque?: unknown,
    headers?: Header[],
  ): void
  flush(timeout: number, done: Done): void
  initTransactions(timeout: number, done: Done): void
  beginTransaction(done: Done): void
  commitTransaction(timeout: number, done: Done): void
  abortTransaction(timeout: number, done: Done): void
  sendOffsetsToTransaction(offsets: TopicPartitionOffset[], consumer: Consumer, timeout: number, done: Done): void
}

export interface Consumer extends Connected {
  setDefaultConsumeTimeout(milliseconds: number): void
  subscribe(topics: (string | RegExp)[]): void
  assign(assignments: (TopicPartition | TopicPartitionOffset)[]): void
  assignments(): TopicPartition[]
  consume(count: number, done: Done<Message[]>): void
  seek(to: TopicPartitionOffset, timeout: number, done: Done): void
  pause(partitions: TopicPartition[]): void
  resume(partitions: TopicPartition[]): void
  commitSync(offsets: TopicPartitionOffset[] | null): void
  committed(partitions: TopicPartition[], timeout: number, done: Done<TopicPartitionOffset[]>): void
  offsetsForTimes(times: TopicPartitionOffset[], timeout: number, done: Done<TopicPartitionOffset[]>): void
  position(): TopicPartitionOffset[]
}

export interface Admin {
  createTopic(
    topic: { topic: string; num_partitions: number; replication_factor: number; config?: Record<string, string> },
    timeout: number,
    done: Done,
  ): void
  deleteTopic(topic: string, timeout: number, done: Done): void
  createPartitions(topic: string, count: number, timeout: number, done: Done): void
  disconnect(): void
}

export interface Client {
  librdkafkaVersion: string
  Producer: new (config: object) => Producer
  HighLevelProducer: new (
    config: object,
  ) => Omit<Producer, 'produce'> & {
    produce(
      topic: string,
      partition: number | null,
      value: Buffer,
      key: string | null,
      timestamp: number | null,
      done: Done<number>,
    ): void
  }
  KafkaConsumer: new (config: object, topicConfig: object) => Consumer
  AdminClient: { create(config: object): Admin }
  createReadStream(
    config: object,
    topicConfig: object,
    options: { topics: string[] },
  ): NodeJS.ReadableStream & AsyncIterable<Message> & { close(done: () => void): void }
  createWriteStream(
    config: object,
    topicConfig: object,
    options: { topic: string },
  ): NodeJS.WritableStream & { close(done: () => void): void }
}
