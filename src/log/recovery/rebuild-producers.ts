import * as batch from '../../../protocol/records/batch.ts'
import type { LogState } from '../log-state.ts'
import { producerBatch } from '../producers/producer-batch.ts'
import { NO_OFFSET } from '../producers/producer-entry.ts'
import { parseProducerSnapshot } from '../producers/producer-snapshot.ts'
import { type CompletedTransaction, emptyProducerUpdate } from '../producers/producer-state.ts'
import { BatchScanner } from '../segment/batch-scanner.ts'

/** As much as is read in the loop while it is in the system's memory; its read-ahead does the rest. */
export const REPLAY_CHUNK_BYTES = 256 * 1024

/** Takes a batch that is in the log already into the producer state; the transactions it completes. */
export function replayProducers(state: LogState, buffer: Buffer, position: number): readonly CompletedTransaction[] {
  const candidate = producerBatch(buffer, position)
  if (candidate === null) return []
  const update = emptyProducerUpdate()
  state.producers.check(candidate, update, 'replication', 0)
  state.producers.apply(update)
  return update.completed
}

/**
 * Producer state as of `offset`: the newest snapshot at or before it that can be read, then the batches from there on.
 * Without one, everything since the log's start.
 */
export async function rebuildProducers(state: LogState, offset: number): Promise<void> {
  let from = await loadNewestSnapshot(state, offset)
  if (from === NO_OFFSET) {
    state.producers.clear()
    from = Math.max(state.logStartOffset, state.segments.first?.baseOffset ?? 0)
  }
  for (const segment of state.segments.from(from)) {
    if (segment.baseOffset >= offset || from >= offset) break
    const start = await segment.locate(Math.max(from, segment.baseOffset))
    if (start === null) continue
    await segment.read(async (file) => {
      const options = { wholeBatches: true, chunkBytes: REPLAY_CHUNK_BYTES, reuseBuffer: true }
      const scanner = new BatchScanner(file, start.position, segment.sizeBytes, options)
      for (let step = scanner.next(); step instanceof Promise ? await step : step; step = scanner.next()) {
        if (batch.baseOffset(scanner.buffer, scanner.at) >= offset) break
        replayProducers(state, scanner.buffer, scanner.at)
      }
    })
  }
}

/** The producer state of the newest snapshot at or before `offset` that can be read; where that is, or NO_OFFSET. */
export async function loadNewestSnapshot(state: LogState, offset: number): Promise<number> {
  const { context } = state
  for (const snapshotOffset of state.snapshotOffsets.filter((other) => other <= offset).reverse()) {
    const path = state.snapshotPath(snapshotOffset)
    try {
      const entries = parseProducerSnapshot(await context.files.readFile(path))
      state.producers.load(entries, context.clock.nowMs(), context.producerIdExpirationMs)
      return snapshotOffset
    } catch (error) {
      const problem = (error as Error).message
      context.logger.warn(`Producer snapshot ${path} cannot be used (${problem}); an older one and the log are.`)
      await state.removeSnapshots((other) => other === snapshotOffset)
    }
  }
  return NO_OFFSET
}
