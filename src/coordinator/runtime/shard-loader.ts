import type { Logger } from '../../env/logger.ts'
import { forEachRecord } from './batch-records.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import type { Vocabulary } from './effects.ts'
import type { CoordinatorKind, CoordinatorShard } from './shard.ts'

/**
 * Rebuilds a shard by replaying its partition, from the first offset that is kept to the log end: uncommitted records
 * too, because this broker leads and its log is what will be committed. Gives up quietly when it is no longer wanted.
 */
export async function loadShard<Words extends Vocabulary>(
  kind: Pick<CoordinatorKind<never, Words>, 'topic' | 'decode'>,
  shard: Pick<CoordinatorShard<Words>, 'replay' | 'replayEndTransactionMarker'>,
  partition: number,
  options: { log: CoordinatorLog; logger: Logger; loadBufferBytes: number },
  isWanted: () => boolean,
): Promise<{ nextOffset: number; recordCount: number }> {
  const { log, logger } = options
  let nextOffset = log.startOffset(kind.topic, partition)
  let recordCount = 0
  let skippedCount = 0
  while (isWanted() && nextOffset < log.endOffset(kind.topic, partition)) {
    const slice = await log.read(kind.topic, partition, nextOffset, options.loadBufferBytes)
    if (!isWanted()) break
    for (const buffer of slice.records) {
      forEachRecord(buffer, nextOffset, {
        record(offset, producerId, key, value) {
          recordCount++
          const decoded = key === null ? null : kind.decode(key, value)
          if (decoded === null) skippedCount++
          else shard.replay(offset, producerId, decoded)
        },
        endTransaction: (producerId, committed) => shard.replayEndTransactionMarker(producerId, committed),
      })
    }
    if (slice.nextOffset <= nextOffset) {
      throw new Error(`Reading ${kind.topic}-${partition} at offset ${nextOffset} made no progress`)
    }
    nextOffset = slice.nextOffset
  }
  if (skippedCount > 0) {
    logger.warn(
      `${skippedCount} records of ${kind.topic}-${partition} have a type that is not known here; they stay in the log`,
    )
  }
  return { nextOffset, recordCount }
}
