import type { LogContext } from '../log-context.ts'
import { MAX_RELATIVE_OFFSET } from '../segment/offset-index.ts'
import type { Segment } from '../segment/segment.ts'

export interface GroupLimits {
  segmentBytes: number
  segmentIndexBytes: number
  /** After the last segment. */
  endOffset: number
}

interface Sizes {
  logBytes: number
  offsetIndexBytes: number
  timeIndexBytes: number
}

/**
 * Neighbours that become one segment: as many as are no larger together than a segment may be, in each of its files,
 * even if nothing can be cleaned from them. Without this, segments would get smaller with every cleaning.
 */
export async function groupSegments(
  context: LogContext,
  segments: readonly Segment[],
  limits: GroupLimits,
): Promise<Segment[][]> {
  const groups: Segment[][] = []
  let total: Sizes = { logBytes: 0, offsetIndexBytes: 0, timeIndexBytes: 0 }
  for (const [i, segment] of segments.entries()) {
    const sizes = await sizesOf(context, segment)
    const sum = add(total, sizes)
    const group = groups.at(-1)
    // An estimate that needs no look into the segment: its successor begins where it ends, or later.
    const lastOffset = (segments[i + 1]?.baseOffset ?? limits.endOffset) - 1
    const [first] = group ?? []
    const offsetsFit = first !== undefined && lastOffset - first.baseOffset <= MAX_RELATIVE_OFFSET
    // Without records there is no offset to hold: empty segments would otherwise stay, one for every 2^31 offsets.
    const fits = (offsetsFit || sizes.logBytes === 0) && isWithin(sum, limits)
    if (group !== undefined && fits) group.push(segment)
    else groups.push([segment])
    total = group !== undefined && fits ? sum : sizes
  }
  return groups
}

async function sizesOf({ files }: LogContext, segment: Segment): Promise<Sizes> {
  const [offsetIndex, timeIndex] = await Promise.all([
    files.stat(segment.offsetIndex.path),
    files.stat(segment.timeIndex.path),
  ])
  return {
    logBytes: segment.sizeBytes,
    offsetIndexBytes: offsetIndex?.sizeBytes ?? 0,
    timeIndexBytes: timeIndex?.sizeBytes ?? 0,
  }
}

function add(a: Sizes, b: Sizes): Sizes {
  return {
    logBytes: a.logBytes + b.logBytes,
    offsetIndexBytes: a.offsetIndexBytes + b.offsetIndexBytes,
    timeIndexBytes: a.timeIndexBytes + b.timeIndexBytes,
  }
}

function isWithin(sizes: Sizes, { segmentBytes, segmentIndexBytes }: GroupLimits): boolean {
  return (
    sizes.logBytes <= segmentBytes &&
    sizes.offsetIndexBytes <= segmentIndexBytes &&
    sizes.timeIndexBytes <= segmentIndexBytes
  )
}
