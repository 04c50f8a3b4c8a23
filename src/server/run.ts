/**
 * A slab of its own for a connection that sends much: what is read into it lies there in a run, and frames are cut where
 * they stand. All other connections are read into memory that they share, and what has to last is copied from there.
 *
 * A connection may go silent with a slab that the system would write to: so there are few, and the next small read gives
 * the slab back. Who looks at its bytes is counted as for every slab; the run counts once.
 */
import { release, type SlabPool } from '../env/slab-pool.ts'

/** A read that brings this much begins a run. */
export const BUSY_READ_BYTES = 32 * 1024
/** A read into a run that brings less ends it. */
export const STILL_BUSY_READ_BYTES = 8 * 1024
/** A frame that has begun at the end of a full slab is copied to the next one; larger frames have a place of their own. */
export const LARGEST_IN_RUN_BYTES = 256 * 1024
/** Less room is not worth a read. */
const LEAST_ROOM_BYTES = 64 * 1024
const MAX_RUNS = 16

export class Run {
  readonly bytes: Buffer
  filledBytes = 0
  readonly #ended: () => void

  constructor(bytes: Buffer, ended: () => void) {
    this.bytes = bytes
    this.#ended = ended
  }

  /** null: too little is left. */
  get room(): Buffer | null {
    return this.hasRoomFor(0) ? this.bytes.subarray(this.filledBytes) : null
  }

  hasRoomFor(bytes: number): boolean {
    return this.bytes.length - this.filledBytes >= Math.max(bytes, LEAST_ROOM_BYTES)
  }

  /** Frames that were cut from it keep it for as long as they are looked at. */
  end(): void {
    release(this.bytes)
    this.#ended()
  }
}

/** The runs of all connections of a server. */
export class Runs {
  readonly #pool: SlabPool
  #count = 0

  constructor(pool: SlabPool) {
    this.#pool = pool
  }

  /** null: enough others have one. */
  begin(): Run | null {
    if (this.#count === MAX_RUNS) return null
    this.#count++
    return new Run(this.#pool.reserveSlab(), () => this.#count--)
  }
}
