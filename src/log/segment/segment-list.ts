import { present } from '../../env/invariant.ts'
import type { Segment } from './segment.ts'

/** A log's segments in order of their base offsets; there is always at least one, and the last one grows. */
export class SegmentList {
  #segments: Segment[] = []

  get all(): readonly Segment[] {
    return this.#segments
  }

  get count(): number {
    return this.#segments.length
  }

  get first(): Segment {
    return present(this.#segments[0], 'log', 'a log has a segment')
  }

  get active(): Segment {
    return present(this.#segments[this.#segments.length - 1], 'log', 'a log has a segment')
  }

  get sizeBytes(): number {
    let bytes = 0
    for (const segment of this.#segments) bytes += segment.sizeBytes
    return bytes
  }

  add(segment: Segment): void {
    const index = this.#indexBelow(segment.baseOffset)
    this.#segments = [...this.#segments.slice(0, index + 1), segment, ...this.#segments.slice(index + 1)]
  }

  remove(segments: readonly Segment[]): void {
    const gone = new Set(segments)
    this.#segments = this.#segments.filter((segment) => !gone.has(segment))
  }

  /** Readers go on with the list that they have seen. */
  replace(old: readonly Segment[], replacement: Segment | null): void {
    const gone = new Set(old)
    const kept = this.#segments.filter((segment) => !gone.has(segment))
    if (replacement !== null) kept.push(replacement)
    this.#segments = kept.sort((a, b) => a.baseOffset - b.baseOffset)
  }

  /** The segment that holds `offset` if any does: the last one that begins at or before it. */
  floor(offset: number): Segment | undefined {
    const index = this.#indexBelow(offset)
    return index === -1 ? undefined : this.#segments[index]
  }

  next(segment: Segment): Segment | undefined {
    return this.#segments[this.#indexBelow(segment.baseOffset) + 1]
  }

  /** From the one that holds `offset` on. */
  from(offset: number): Segment[] {
    return this.#segments.slice(Math.max(0, this.#indexBelow(offset)))
  }

  #indexBelow(offset: number): number {
    let low = 0
    let high = this.#segments.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const segment = this.#segments[middle]
      if (segment !== undefined && segment.baseOffset <= offset) low = middle + 1
      else high = middle - 1
    }
    return high
  }
}
