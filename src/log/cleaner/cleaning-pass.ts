import { CorruptRecordError } from '../../../protocol/records/errors.ts'
import type { LogState } from '../log-state.ts'
import { BatchScanner } from '../segment/batch-scanner.ts'
import type { Segment } from '../segment/segment.ts'
import type { Throttler } from '../throttler.ts'
import type { Pacer } from './pacer.ts'

/** Resolved `log.cleaner.*` keys, as one cleaner has them. */
export interface PassLimits {
  /** This cleaner's share of log.cleaner.dedupe.buffer.size. */
  readonly dedupeBufferBytes: number
  readonly loadFactor: number
  /** The bytes that are read, and written, at once; a larger batch gets a larger buffer. */
  readonly ioBufferBytes: number
}

/** The buffers, limits and sinks of one cleaning of one log. */
export interface CleaningPass {
  readonly state: LogState
  readonly limits: PassLimits
  readonly throttler: Throttler
  readonly pacer: Pacer
  /** When it began: all of it is judged by this time. */
  readonly nowMs: number
  readonly stats: CleaningStats
  /** Throws `CleaningAbortedError` once this pass is to stop; asked between batches. */
  checkAborted(): void
}

export interface CleaningStats {
  bytesRead: number
  bytesWritten: number
  recordsRead: number
  recordsRetained: number
}

/** No error: somebody needs the log for a change that a cleaning must not see, or the broker stops. */
export class CleaningAbortedError extends Error {
  constructor() {
    super('the cleaning was aborted')
    this.name = 'CleaningAbortedError'
  }
}

/**
 * Calls `visit` for every batch of the segment from `position` on, until it says true; the memory of a batch is used
 * again once `visit` is done with it. Throws a `CorruptRecordError` for one that is cut short.
 */
export function forEachBatch(
  pass: CleaningPass,
  segment: Segment,
  position: number,
  visit: (buffer: Buffer, at: number) => boolean | Promise<boolean>,
): Promise<boolean> {
  const { sizeBytes } = segment
  return segment.read(async (file) => {
    const options = { wholeBatches: true, chunkBytes: pass.limits.ioBufferBytes, reuseBuffer: true }
    const scanner = new BatchScanner(file, position, sizeBytes, options)
    // Most batches are there, and done with, without a promise.
    for (let step = scanner.next(); step instanceof Promise ? await step : step; step = scanner.next()) {
      pass.checkAborted()
      const isLast = visit(scanner.buffer, scanner.at)
      if (isLast instanceof Promise ? await isLast : isLast) return true
      const pause = breathe(pass, scanner.sizeInBytes)
      if (pause !== null) await pause
    }
    if (scanner.position < sizeBytes) {
      throw new CorruptRecordError(`${segment.path} ends inside the batch at byte ${scanner.position}`)
    }
    return false
  })
}

/** After `bytes` of input or output: what to wait for, so that others have the disk and the loop. */
export function breathe(pass: CleaningPass, bytes: number): Promise<void> | null {
  pass.throttler.observe(bytes)
  const throttled = pass.throttler.pause()
  return throttled === null ? pass.pacer.pause() : untilUnthrottled(pass, throttled)
}

async function untilUnthrottled(pass: CleaningPass, throttled: Promise<void>): Promise<void> {
  for (let pause: Promise<void> | null = throttled; pause !== null; pause = pass.throttler.pause()) {
    await pause
    pass.checkAborted()
  }
  await pass.pacer.pause()
}
