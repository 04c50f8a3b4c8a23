import { randomBytes, randomInt } from 'node:crypto'
import type { Random } from '../random.ts'

export const nodeRandom: Random = {
  integer: (below) => randomInt(below),
  bytes: (count) => randomBytes(count),
}
