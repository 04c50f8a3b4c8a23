import type { WorkResult } from '../load/fixed-work.ts'
import type { LoadGenerator } from '../load/generator.ts'
import type { Target } from '../targets.ts'
import type { Needs } from './limits.ts'

/** How much is done at each point. */
export interface Scale {
  /** Each product has so many at every point, and the median is its figure. */
  turns: number
  /** The requests of a turn; a quarter as many come before them. */
  requests: number
  /** The most records that a turn sends, however large batches are. */
  records: number
  commitsPerSecond: number
  /** A turn of commits; a quarter as long comes before it. */
  seconds: number
}

export const fullScale: Scale = { turns: 3, requests: 30_000, records: 5e6, commitsPerSecond: 2_000, seconds: 3 }
export const quickScale: Scale = { turns: 1, requests: 8_000, records: 1e6, commitsPerSecond: 1_000, seconds: 1 }
export const WARM_UP = 0.25
export const RECORD_BYTES = 100

/** A broker at one point of a curve. */
export interface Site {
  readonly target: Target
  readonly load: LoadGenerator
  readonly scale: Scale
  /** The number that the curve varies. */
  readonly count: number
}

/** One number that grows, while the work is the same at every point. */
export interface Curve {
  name: string
  /** Names the number: `records in a batch`. */
  axis: string
  /** The broker's CPU is that of each of these. */
  costOf: 'record' | 'commit'
  title: string
  /** The work, for people; it ends with a full stop. */
  words: string
  needs(count: number): Needs
  /** Makes what all turns of a point use. */
  prepare(site: Site): Promise<void>
  turn(site: Site): Promise<WorkResult>
  /** Takes it away again, files included. */
  remove(site: Site): Promise<void>
}
