/**
 * The log of the schema registry on the replica that this broker has. Whoever leads the partition may write, and its epoch
 * is the fence: an append under an epoch that is over fails with nothing appended.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import { ReplicatedLog } from '../../coordinator/runtime/replicated-log.ts'
import { unknownLeader } from '../../registry/error.ts'
import {
  AnotherWriter,
  RecordsTooLarge,
  type RecordToStore,
  SCHEMAS_TOPIC,
  type SchemasLog,
  type StoredRecord,
} from '../../registry/schemas-log.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import { createSchemasTopic, PARTITION, type SchemasTopicServices } from './schemas-topic.ts'

const READ_BYTES = 4 * 1024 * 1024
const COMMIT_TIMEOUT_MS = 30_000
const IN_SYNC_PATIENCE_MS = 10_000
const IN_SYNC_AGAIN_MS = 50
const NO_EPOCH = -1

export interface SchemasLogOptions extends SchemasTopicServices {
  readonly replicas: ReplicaManager
  readonly nodeId: number
}

export class BrokerSchemasLog implements SchemasLog {
  readonly #options: SchemasLogOptions
  readonly #log: ReplicatedLog
  /** The leader epoch under which this broker writes. */
  #epoch = NO_EPOCH

  constructor(options: SchemasLogOptions) {
    this.#options = options
    this.#log = new ReplicatedLog(options.replicas)
  }

  async end(): Promise<{ offset: number; logId: string }> {
    const { metadata, replicas } = this.#options
    const topic = metadata.image.topics.get(SCHEMAS_TOPIC) ?? (await createSchemasTopic(this.#options))
    if (topic.partitions.length !== 1) {
      throw new Error(
        `${SCHEMAS_TOPIC} has ${topic.partitions.length} partitions, and a registry needs one with exactly one`,
      )
    }
    if (replicas.get(SCHEMAS_TOPIC, PARTITION) === undefined) {
      const holders = topic.partitions[PARTITION]?.replicas.join(', ')
      throw new Error(`this broker has no replica of ${SCHEMAS_TOPIC}: ask the registry of broker ${holders}`)
    }
    return { offset: this.#log.highWatermark(SCHEMAS_TOPIC, PARTITION), logId: topic.id }
  }

  async read(offset: number): Promise<{ records: readonly StoredRecord[]; next: number }> {
    const start = Math.max(offset, this.#log.startOffset(SCHEMAS_TOPIC, PARTITION))
    const { records, nextOffset } = await this.#log.read(SCHEMAS_TOPIC, PARTITION, start, READ_BYTES)
    const end = this.#log.highWatermark(SCHEMAS_TOPIC, PARTITION)
    const stored = records.flatMap((buffer) =>
      decodeBatches(buffer)
        .filter(({ isControl }) => !isControl)
        .flatMap((batch) => batch.records)
        .map((record) => ({
          offset: Number(record.offset),
          timestampMs: Number(record.timestamp),
          key: record.key,
          value: record.value,
        })),
    )
    const wanted = stored.filter((record) => record.offset >= offset && record.offset < end)
    return { records: wanted, next: Math.min(nextOffset, end) }
  }

  async takeOver(): Promise<void> {
    const { metadata, nodeId } = this.#options
    const partition = metadata.image.topics.partition(SCHEMAS_TOPIC, PARTITION)
    if (partition?.leader !== nodeId) {
      throw unknownLeader(`Broker ${nodeId} does not lead ${SCHEMAS_TOPIC} any more`)
    }
    const policy = metadata.image.configs.topic(SCHEMAS_TOPIC).get('cleanup.policy')
    if (policy !== 'compact') {
      throw new Error(
        `${SCHEMAS_TOPIC} has cleanup.policy=${policy ?? 'delete'}, under which schemas are lost with time: set it to compact`,
      )
    }
    this.#epoch = this.#options.replicas.get(SCHEMAS_TOPIC, PARTITION)?.leaderEpoch ?? NO_EPOCH
    await this.#reached(this.#log.endOffset(SCHEMAS_TOPIC, PARTITION))
  }

  async append(records: readonly RecordToStore[]): Promise<number> {
    const timestamp = this.#options.clock.nowMs()
    const batch = buildBatch(
      {},
      records.map(({ key, value }) => ({
        key: Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        timestamp,
      })),
    )
    if (batch.length > this.#log.maxBatchBytes(SCHEMAS_TOPIC, PARTITION)) throw new RecordsTooLarge()
    const { baseOffset, lastOffset } = await this.#appendInSync(batch)
    await this.#reached(lastOffset + 1)
    return baseOffset
  }

  /** Waits a while for replicas where too few are in sync: nothing is written meanwhile. */
  async #appendInSync(batch: Buffer): Promise<{ baseOffset: number; lastOffset: number }> {
    const { clock } = this.#options
    const untilMs = clock.monotonicMs() + IN_SYNC_PATIENCE_MS
    for (;;) {
      try {
        return await this.#append(batch)
      } catch (error) {
        const isTooFew = error instanceof KafkaError && error.code === ErrorCode.NOT_ENOUGH_REPLICAS
        if (!isTooFew || clock.monotonicMs() >= untilMs) throw error
      }
      await new Promise<void>((resolve) => clock.schedule(IN_SYNC_AGAIN_MS, resolve))
    }
  }

  #append(batch: Buffer): Promise<{ baseOffset: number; lastOffset: number }> {
    return new Promise((resolve, reject) => {
      this.#log.append(SCHEMAS_TOPIC, PARTITION, batch, this.#epoch, (error, result) => {
        if (result !== null) resolve(result)
        else reject(asRefusal(error))
      })
    })
  }

  /** Resolves when the in-sync replicas have everything below the offset; rejects when they do not get it in time. */
  #reached(offset: number): Promise<void> {
    if (this.#log.highWatermark(SCHEMAS_TOPIC, PARTITION) >= offset) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const stop = this.#log.onHighWatermark(SCHEMAS_TOPIC, PARTITION, (highWatermark) => {
        if (highWatermark < offset) return
        timer.cancel()
        stop()
        resolve()
      })
      const timer = this.#options.clock.schedule(COMMIT_TIMEOUT_MS, () => {
        stop()
        reject(new Error(`${SCHEMAS_TOPIC} was not replicated within ${COMMIT_TIMEOUT_MS} ms`))
      })
    })
  }
}

function asRefusal(error: KafkaError | null): Error {
  if (error === null) return new Error('The append failed')
  return error.code === ErrorCode.NOT_LEADER_OR_FOLLOWER ? new AnotherWriter() : error
}
