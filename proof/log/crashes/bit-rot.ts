/** A disk that turns a bit of what has not been synced yet, between two lives. */
import * as batch from '../../../protocol/records/batch.ts'
import { CorruptRecordError } from '../../../protocol/records/errors.ts'
import type { SimDisk } from '../../sim/disk.ts'
import type { SeededRandom } from '../../sim/random.ts'

const LOG_FILE = /^\/data\/t-0\/(\d{20})\.log$/
const CHECKPOINT = '/data/recovery-point-offset-checkpoint'

/**
 * Turns one bit of a batch behind the recovery point, where the next start checks everything; the offset from which on
 * nothing can be held to, or null where there is no such batch. The first bytes of a batch, offset and epoch, are left
 * alone: Kafka's checksum does not cover them.
 */
export function rotTail(disk: SimDisk, random: SeededRandom): number | null {
  const recoveryPoint = recoveryPointOf(disk)
  const path = disk.listFiles().findLast((file) => LOG_FILE.test(file))
  if (path === undefined || recoveryPoint === null) return null
  const bytes = disk.fileAt(path, 'read').content()
  const tail = batchesFrom(bytes, recoveryPoint)
  if (tail.length === 0) return null
  const at = random.pick(tail)
  const covered = batch.BatchField.CRC
  const position = at + covered + random.integer(batch.sizeInBytes(bytes, at) - covered)
  disk.fileAt(path, 'damage').flipBit(position, random.integer(8))
  return batch.baseOffset(bytes, at)
}

/** Up to what is no batch: a power failure may have left a hole that nobody has looked at yet. */
function batchesFrom(bytes: Buffer, offset: number): number[] {
  const found: number[] = []
  try {
    for (let at = 0, next = 0; (next = batch.nextBatch(bytes, at)) !== -1; at = next) {
      if (batch.baseOffset(bytes, at) >= offset) found.push(at)
    }
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error
  }
  return found
}

function recoveryPointOf(disk: SimDisk): number | null {
  const inode = disk.find(CHECKPOINT)
  if (inode?.kind !== 'file') return 0
  const line = /^t 0 (\d+)$/m.exec(inode.content().toString())
  return line === null ? 0 : Number(line[1])
}
