import * as batch from '../../../protocol/records/batch.ts'
import { RECORD_BATCH_OVERHEAD } from '../../../protocol/records/batch.ts'
import type { Clock } from '../../env/index.ts'
import { releaseAll } from '../../env/slab-pool.ts'
import type { Partition } from '../../replication/partition.ts'

/** Looks at so many batches in one scrape; others are told of in the next ones. */
const MAX_READS = 2_000

interface Known {
  readonly offset: number
  readonly timestampMs: number
  isUsed: boolean
}

/**
 * How old the records are at which groups stand. Of a batch only its header is read, and only when a group stands at
 * another offset than the time before: within a batch times are taken to rise evenly from the first to the last record.
 */
export class RecordTimes {
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()
  #reads = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** null: it is not known now. */
  async ageSeconds(groupId: string, partition: Partition, offset: number): Promise<number | null> {
    const key = JSON.stringify([groupId, partition.topic, partition.partition])
    let known = this.#known.get(key)
    if (known?.offset !== offset) {
      if (this.#reads++ >= MAX_READS) return null
      const timestampMs = await timestampAt(partition, offset).catch(() => null)
      if (timestampMs === null) return null
      known = { offset, timestampMs, isUsed: true }
      this.#known.set(key, known)
    }
    known.isUsed = true
    return Math.max(0, this.#clock.nowMs() - known.timestampMs) / 1000
  }

  /** Forgets those that nobody asked for since the last time. */
  sweep(): void {
    this.#reads = 0
    for (const [key, known] of this.#known) {
      if (known.isUsed) known.isUsed = false
      else this.#known.delete(key)
    }
  }
}

async function timestampAt({ log, highWatermark }: Partition, offset: number): Promise<number | null> {
  const from = Math.max(offset, log.logStartOffset)
  const { buffers } = await log.read(from, {
    maxBytes: RECORD_BATCH_OVERHEAD,
    upToOffset: highWatermark,
    minOneBatch: false,
  })
  const header = Buffer.concat([...buffers])
  releaseAll(buffers)
  if (header.length < RECORD_BATCH_OVERHEAD) return null
  const [first, last] = [batch.baseOffset(header, 0), batch.lastOffset(header, 0)]
  const [earliest, latest] = [batch.baseTimestamp(header, 0), batch.maxTimestamp(header, 0)]
  const at = last > first ? Math.min(1, Math.max(0, (from - first) / (last - first))) : 0
  return earliest + at * Math.max(0, latest - earliest)
}
