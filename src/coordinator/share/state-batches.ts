/** The state of a share partition as it is stored: runs of records that were delivered, and what has become of each run. */

/** Kafka's numbers. ACQUIRED is never stored: a new leader of the partition does not know who had acquired which records. */
export const DeliveryState = { AVAILABLE: 0, ACQUIRED: 1, ACKNOWLEDGED: 2, ARCHIVING: 3, ARCHIVED: 4 } as const

export interface StateBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryState: number
  readonly deliveryCount: number
}

/**
 * Merges `added` into `known`. Where batches overlap, the one that was delivered more often counts; if they were delivered
 * equally often, the one whose state is further on. News that come late or twice therefore take nothing back. Neighbours
 * that are alike become one batch, and records before `startOffset` are dropped (-1: none is). The result is in the order
 * of offsets, without overlaps.
 */
export function combineBatches(
  known: readonly StateBatch[],
  added: readonly StateBatch[],
  startOffset: number,
): readonly StateBatch[] {
  const sorted = [...known, ...added]
    .filter(({ lastOffset }) => lastOffset >= startOffset)
    .sort((a, b) => a.firstOffset - b.firstOffset)
  const combined: StateBatch[] = []
  let active: StateBatch[] = []
  let next = 0
  let at = Math.max(startOffset, sorted[0]?.firstOffset ?? 0)
  while (active.length > 0 || next < sorted.length) {
    if (active.length === 0) at = Math.max(at, sorted[next]?.firstOffset ?? at)
    for (let batch = sorted[next]; batch !== undefined && batch.firstOffset <= at; batch = sorted[++next]) {
      active.push(batch)
    }
    const winner = active.reduce((best, batch) => (isFurther(batch, best) ? batch : best))
    const untilNews = (sorted[next]?.firstOffset ?? Number.POSITIVE_INFINITY) - 1
    const end = Math.min(untilNews, ...active.map(({ lastOffset }) => lastOffset))
    add(combined, { ...winner, firstOffset: at, lastOffset: end })
    at = end + 1
    active = active.filter(({ lastOffset }) => lastOffset >= at)
  }
  return combined
}

function isFurther(a: StateBatch, b: StateBatch): boolean {
  return a.deliveryCount === b.deliveryCount ? a.deliveryState > b.deliveryState : a.deliveryCount > b.deliveryCount
}

function add(combined: StateBatch[], batch: StateBatch): void {
  const last = combined.at(-1)
  const isSame = last?.deliveryState === batch.deliveryState && last.deliveryCount === batch.deliveryCount
  if (last === undefined || !isSame || last.lastOffset + 1 !== batch.firstOffset) combined.push(batch)
  else combined[combined.length - 1] = { ...last, lastOffset: batch.lastOffset }
}
