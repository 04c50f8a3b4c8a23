/** Records that a share group has given up, read from their partition once more, to be copied to its dead-letter queue. */
import { ErrorCode } from '../../../protocol/errors.ts'
import { type DecodedBatch, decodeBatch } from '../../../protocol/records/decode.ts'
import { RecordTooLargeError, UnreadableRecordsError } from '../../../protocol/records/errors.ts'
import type { SharePartitionKey } from '../../coordinator/share/share-state.ts'
import { releaseAll } from '../../env/slab-pool.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import { batchesIn } from '../log-batches.ts'
import { NO_EPOCH } from '../share-fetch.ts'
import { type OriginalRecord, sizeOfRecord } from './dead-batch.ts'
import type { Originals, ReadOriginals } from './dead-letter-queue.ts'

const READ_BYTES = 1 << 20

interface Window {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly maxBytes: number
}

/**
 * Reads up to `maxBytes` of records, or until the last one. What is gone, damaged, or too large by itself is left out:
 * the queue then has its headers alone.
 */
export function originalRecords(replicas: ReplicaManager): ReadOriginals {
  return async (key, firstOffset, lastOffset, maxBytes) => {
    const found = new Found({ firstOffset, lastOffset, maxBytes })
    while (!found.isComplete) {
      const nextOffset = found.nextOffset
      await readOnce(replicas, key, found)
      if (found.nextOffset <= nextOffset) found.giveUp()
    }
    return found.originals
  }
}

async function readOnce(replicas: ReplicaManager, key: SharePartitionKey, found: Found): Promise<void> {
  const topic = replicas.topicName(key.topicId)
  if (topic === null) return
  const request = {
    topicId: key.topicId,
    topic,
    partition: key.partition,
    fetchOffset: found.nextOffset,
    maxBytes: READ_BYTES,
    currentLeaderEpoch: NO_EPOCH,
    lastFetchedEpoch: NO_EPOCH,
    logStartOffset: NO_EPOCH,
    toldHighWatermark: NO_EPOCH,
    toldLogStartOffset: NO_EPOCH,
  }
  const limits = {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: READ_BYTES,
    isolation: 'readUncommitted',
    onlyLeader: true,
  } as const
  const results = await replicas.read([request], limits)
  const lent = results.flatMap(({ records }) => records)
  try {
    if (results[0]?.errorCode !== ErrorCode.NONE) return
    const bytes = Buffer.concat(lent)
    for (const { position, baseOffset, lastOffset } of batchesIn([bytes])) {
      found.take(baseOffset, lastOffset, (maxBytes) => decoded(bytes, position, maxBytes))
      if (found.isComplete) return
    }
  } finally {
    releaseAll(lent)
  }
}

/** Null: the records cannot be read, or are more than may be held. */
function decoded(bytes: Buffer, position: number, maxBytes: number): DecodedBatch | null {
  try {
    return decodeBatch(bytes, position, { maxBytes })
  } catch (error) {
    if (error instanceof RecordTooLargeError || error instanceof UnreadableRecordsError) return null
    throw error
  }
}

class Found {
  readonly #window: Window
  readonly #records = new Map<number, OriginalRecord>()
  #sizeBytes = 0
  #isFull = false
  /** Everything before it is found, or will never be. */
  nextOffset: number

  constructor(window: Window) {
    this.#window = window
    this.nextOffset = window.firstOffset
  }

  get isComplete(): boolean {
    return this.#isFull || this.nextOffset > this.#window.lastOffset
  }

  get originals(): Originals {
    return { records: this.#records, lastOffset: Math.min(this.nextOffset - 1, this.#window.lastOffset) }
  }

  giveUp(): void {
    this.nextOffset = this.#window.lastOffset + 1
  }

  take(baseOffset: number, lastOffset: number, decode: (maxBytes: number) => DecodedBatch | null): void {
    const { maxBytes, lastOffset: end } = this.#window
    if (lastOffset < this.nextOffset) return
    if (baseOffset > end) return this.giveUp()
    for (const { offset, key, value } of decode(maxBytes)?.records ?? []) {
      const at = Number(offset)
      if (at < this.nextOffset) continue
      if (at > end) return this.giveUp()
      const sizeBytes = sizeOfRecord(0, key, value, [])
      if (sizeBytes <= maxBytes) {
        if (this.#sizeBytes + sizeBytes > maxBytes) {
          this.#isFull = true
          return
        }
        this.#records.set(at, { key, value })
        this.#sizeBytes += sizeBytes
      }
      this.nextOffset = at + 1
    }
    this.nextOffset = lastOffset + 1
  }
}
