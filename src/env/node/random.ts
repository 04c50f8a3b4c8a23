import { randomFillSync, randomInt } from 'node:crypto'
import type { Random } from '../random.ts'

/** Asking the system costs much the same for a few bytes and for many: ids are cut from what was asked for once. */
const POOL_BYTES = 4096
const pool = Buffer.allocUnsafeSlow(POOL_BYTES)
let used = POOL_BYTES

export const nodeRandom: Random = {
  integer: (below) => randomInt(below),
  bytes: (count) => {
    if (count > POOL_BYTES / 8) return randomFillSync(Buffer.allocUnsafeSlow(count))
    if (used + count > POOL_BYTES) {
      randomFillSync(pool)
      used = 0
    }
    const bytes = Buffer.from(pool.subarray(used, used + count))
    // No byte is given twice, nor kept.
    pool.fill(0, used, used + count)
    used += count
    return bytes
  },
}
