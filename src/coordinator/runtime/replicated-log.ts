/** The coordinators' log on the partitions that this broker leads. */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { lastOffset, nextBatch } from '../../../protocol/records/batch.ts'
import type { Partition } from '../../replication/partition.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import type { AppendDone, CoordinatorLog, LogSlice, TransactionalAppend } from './coordinator-log.ts'

export class ReplicatedLog implements CoordinatorLog {
  readonly #replicas: ReplicaManager

  constructor(replicas: ReplicaManager) {
    this.#replicas = replicas
  }

  startOffset(topic: string, partition: number): number {
    return this.#find(topic, partition).log.logStartOffset
  }

  endOffset(topic: string, partition: number): number {
    return this.#find(topic, partition).log.logEndOffset
  }

  highWatermark(topic: string, partition: number): number {
    return this.#find(topic, partition).highWatermark
  }

  maxBatchBytes(topic: string, partition: number): number {
    return this.#find(topic, partition).log.config.maxMessageBytes
  }

  async read(topic: string, partition: number, fromOffset: number, maxBytes: number): Promise<LogSlice> {
    const { log } = this.#find(topic, partition)
    const read = await log.read(fromOffset, { maxBytes, upToOffset: log.logEndOffset, minOneBatch: true })
    return wholeBatches(read.buffers, fromOffset)
  }

  append(
    topic: string,
    partition: number,
    batch: Buffer,
    leaderEpoch: number,
    done: AppendDone,
    transaction?: TransactionalAppend,
  ): void {
    const found = this.#replicas.get(topic, partition)
    if (found === undefined || found.leaderEpoch !== leaderEpoch) {
      return done(new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER), null)
    }
    found.append(batch, { acks: -1, origin: 'coordinator', ...transaction }, (error, result) => {
      if (result === null) done(error, null)
      else done(null, { baseOffset: result.firstOffset, lastOffset: result.lastOffset })
    })
  }

  onHighWatermark(topic: string, partition: number, listener: (highWatermark: number) => void): () => void {
    const found = this.#find(topic, partition)
    return found.onProgress(() => listener(found.highWatermark))
  }

  #find(topic: string, partition: number): Partition {
    const found = this.#replicas.get(topic, partition)
    if (found === undefined) throw new KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER)
    return found
  }
}

/** The log cuts the last batch where `maxBytes` were full; loading takes the whole ones. */
function wholeBatches(buffers: readonly Buffer[], fromOffset: number): LogSlice {
  const [first, ...others] = buffers
  const records = first !== undefined && others.length === 0 ? first : Buffer.concat(buffers)
  let end = 0
  let nextOffset = fromOffset
  for (let next = nextBatch(records, 0); next !== -1; next = nextBatch(records, end)) {
    nextOffset = lastOffset(records, end) + 1
    end = next
  }
  return { records: end === 0 ? [] : [records.subarray(0, end)], nextOffset }
}
