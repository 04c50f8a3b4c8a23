import { ensureValid, lastOffset, nextBatch } from '../../../protocol/records/batch.ts'
import type { SimDisk } from '../disk.ts'
import type { History } from './history.ts'

/** Every segment of a stopped broker is whole batches from its first byte to its last, with offsets that rise. */
export function judgeSegments(disk: SimDisk, history: History): void {
  const nextOffsets = new Map<string, number>()
  for (const path of disk.listFiles()) {
    const found = /^(.*)\/(\d{20})\.log$/.exec(path)
    // Directories that are out of service are not recovered.
    if (found === null || /-(stray|delete)$/.test(found[1])) continue
    const [, directory, name] = found
    const expected = nextOffsets.get(directory) ?? 0
    if (Number(name) < expected) history.violation(`${path} begins before ${expected}, where the one before it ends`)
    nextOffsets.set(directory, judgeSegment(path, disk.fileAt(path, 'read').content(), Number(name), history))
  }
}

/** The offset after the segment's last one. */
function judgeSegment(path: string, bytes: Buffer, firstOffset: number, history: History): number {
  let offset = firstOffset
  let position = 0
  try {
    for (let next = 0; (next = nextBatch(bytes, position)) !== -1; position = next) {
      ensureValid(bytes, position)
      const baseOffset = Number(bytes.readBigInt64BE(position))
      if (baseOffset < offset) history.violation(`${path} has the offset ${baseOffset} at ${position}, after ${offset}`)
      offset = Number(lastOffset(bytes, position)) + 1
    }
    if (position === bytes.length) return offset
    history.violation(`${path} has ${bytes.length - position} bytes behind its last batch, at ${position}`)
  } catch (error) {
    history.violation(`${path} has a bad batch at ${position}: ${(error as Error).message}`)
  }
  return offset
}
