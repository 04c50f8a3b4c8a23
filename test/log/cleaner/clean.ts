import { cleanLog } from '../../../src/log/cleaner/clean-log.ts'
import { BYTES_PER_SLOT } from '../../../src/log/cleaner/offset-map.ts'
import { Pacer } from '../../../src/log/cleaner/pacer.ts'
import { measure } from '../../../src/log/cleaner/selection.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { Throttler } from '../../../src/log/throttler.ts'

export interface CleaningOptions {
  nowMs: number
  /** Where the last cleaning has ended. */
  cleanedOffset: number
  /** So many keys has the offset map room for. */
  keys: number
  ioBufferBytes?: number
}

/** One cleaning of a log, as the cleaner begins it; resolves to the first offset that is dirty afterwards. */
export async function clean(log: PartitionLog, options: CleaningOptions): Promise<number> {
  const { clock } = log.state.context
  const cleanable = await measure(log, options.cleanedOffset, options.nowMs)
  if (cleanable.cleanableBytes === 0) return cleanable.firstDirtyOffset
  await log.flush()
  const pass = {
    state: log.state,
    limits: {
      dedupeBufferBytes: options.keys * BYTES_PER_SLOT,
      loadFactor: 1,
      ioBufferBytes: options.ioBufferBytes ?? 1000,
    },
    throttler: new Throttler(clock, Number.MAX_VALUE),
    pacer: new Pacer(clock),
    nowMs: options.nowMs,
    stats: { bytesRead: 0, bytesWritten: 0, recordsRead: 0, recordsRetained: 0 },
    checkAborted: () => {},
  }
  return cleanLog(pass, cleanable)
}
