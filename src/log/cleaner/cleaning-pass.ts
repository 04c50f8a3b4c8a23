import * as batch from '../../../protocol/records/batch.ts'
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
 * Calls `visit` for every batch of the segment from `position` on, until it says true. Throws a `CorruptRecordError`
 * for a batch that is damaged or cut short: to clean it would be to give it a checksum that is right.
 */
export function forEachBatch(
  pass: CleaningPass,
  segment: Segment,
  position: number,
  visit: (buffer: Buffer, at: number) => Promise<boolean | undefined>,
): Promise<boolean> {
  const { sizeBytes } = segment
  return segment.read(async (file) => {
    const options = { wholeBatches: true, chunkBytes: pass.limits.ioBufferBytes }
    const scanner = new BatchScanner(file, position, sizeBytes, options)
    for (let step = scanner.next(); step instanceof Promise ? await step : step; step = scanner.next()) {
      pass.checkAborted()
      batch.ensureValid(scanner.buffer, scanner.at)
      if (await visit(scanner.buffer, scanner.at)) return true
      await breathe(pass, scanner.sizeInBytes)
    }
    if (scanner.position < sizeBytes) {
      throw new CorruptRecordError(`${segment.path} ends inside the batch at byte ${scanner.position}`)
    }
    return false
  })
}

/** After `bytes` of input or output: lets others have the disk and the loop. */
export async function breathe(pass: CleaningPass, bytes: number): Promise<void> {
  pass.throttler.observe(bytes)
  for (let pause = pass.throttler.pause(); pause !== null; pause = pass.throttler.pause()) {
    await pause
    pass.checkAborted()
  }
  const paused = pass.pacer.pause()
  if (paused !== null) await paused
}
