/**
 * The log of the schema registry on the replica that this broker has. Whoever leads the partition may write, and its epoch
 * is the fence: an append under an epoch that is over fails with nothing appended.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import { ReplicatedLog } from '../../coordinator/runtime/replicated-log.ts'
import { timedOut, unavailable, unknownLeader } from '../../registry/error.ts'
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
const PATIENCE_MS = 10_000
const AGAIN_MS = 50
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
  /** Ends the wait of each who waits for replicas. */
  readonly #waiting = new Set<(error: Error) => void>()
  #isClosed = false

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
    const policy = this.#options.metadata.image.configs.topic(SCHEMAS_TOPIC).get('cleanup.policy')
    if (policy !== 'compact') {
      throw new Error(
        `${SCHEMAS_TOPIC} has cleanup.policy=${policy ?? 'delete'}, under which schemas are lost with time: set it to compact`,
      )
    }
    this.#epoch = await this.#epochToWriteIn()
    await this.#reached(this.#log.endOffset(SCHEMAS_TOPIC, PARTITION))
  }

  /** Resolves when the replica here leads, as the metadata say: it takes the role a moment later than they do. */
  async #epochToWriteIn(): Promise<number> {
    const { metadata, replicas, nodeId, clock } = this.#options
    const untilMs = clock.monotonicMs() + PATIENCE_MS
    for (;;) {
      const partition = metadata.image.topics.partition(SCHEMAS_TOPIC, PARTITION)
      const replica = replicas.get(SCHEMAS_TOPIC, PARTITION)
      const leads = partition?.leader === nodeId
      if (leads && replica?.leaderEpoch === partition.leaderEpoch) {
        if (replica.role.kind === 'leader' && !replica.role.resigned) return replica.leaderEpoch
      }
      if (!leads || clock.monotonicMs() >= untilMs) {
        throw unknownLeader(`Broker ${nodeId} does not lead ${SCHEMAS_TOPIC} ${leads ? 'yet' : 'any more'}`)
      }
      await new Promise<void>((resolve) => clock.schedule(AGAIN_MS, resolve))
    }
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

  /** Nothing is appended any more, and nobody waits any longer for replicas that may never have what was appended. */
  close(): void {
    this.#isClosed = true
    for (const end of this.#waiting) end(stopping())
  }

  /** Waits a while for replicas where too few are in sync: nothing is written meanwhile. */
  async #appendInSync(batch: Buffer): Promise<{ baseOffset: number; lastOffset: number }> {
    const { clock } = this.#options
    const untilMs = clock.monotonicMs() + PATIENCE_MS
    for (;;) {
      try {
        return await this.#append(batch)
      } catch (error) {
        const isTooFew = error instanceof KafkaError && error.code === ErrorCode.NOT_ENOUGH_REPLICAS
        if (!isTooFew || clock.monotonicMs() >= untilMs) throw error
      }
      await new Promise<void>((resolve) => clock.schedule(AGAIN_MS, resolve))
    }
  }

  #append(batch: Buffer): Promise<{ baseOffset: number; lastOffset: number }> {
    return this.#inTime((resolve, reject) => {
      this.#log.append(SCHEMAS_TOPIC, PARTITION, batch, this.#epoch, (error, result) => {
        if (result !== null) resolve(result)
        else reject(asRefusal(error))
      })
    })
  }

  /** Resolves when the in-sync replicas have everything below the offset. */
  async #reached(offset: number): Promise<void> {
    if (this.#log.highWatermark(SCHEMAS_TOPIC, PARTITION) >= offset) return
    let stop = () => {}
    try {
      await this.#inTime<void>((resolve) => {
        stop = this.#log.onHighWatermark(SCHEMAS_TOPIC, PARTITION, (highWatermark) => {
          if (highWatermark >= offset) resolve()
        })
      })
    } finally {
      stop()
    }
  }

  /** Settles as `begin` says, or rejects where the replicas take too long or the log is closed: it may be done later. */
  #inTime<T>(begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void): Promise<T> {
    if (this.#isClosed) return Promise.reject(stopping())
    return new Promise<T>((resolve, reject) => {
      const end = (error: Error): void => {
        settled()
        reject(error)
      }
      const timer = this.#options.clock.schedule(COMMIT_TIMEOUT_MS, () =>
        end(timedOut(`${SCHEMAS_TOPIC} was not replicated within ${COMMIT_TIMEOUT_MS} ms`)),
      )
      const settled = (): void => {
        timer.cancel()
        this.#waiting.delete(end)
      }
      this.#waiting.add(end)
      begin((value) => {
        settled()
        resolve(value)
      }, end)
    })
  }
}

const stopping = (): Error => unavailable(`The broker stops, and its replica of ${SCHEMAS_TOPIC} takes nothing more`)

function asRefusal(error: KafkaError | null): Error {
  if (error === null) return new Error('The append failed')
  return error.code === ErrorCode.NOT_LEADER_OR_FOLLOWER ? new AnotherWriter() : error
}
