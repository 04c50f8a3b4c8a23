/**
 * State that can be looked at as it was, and be taken back to it. A coordinator's durable state is made of it.
 *
 * A coordinator changes its state when its records are appended, long before it knows that they are committed. Readers
 * must see the committed past, and a failed append must leave no trace. So every structure keeps, for each snapshot that
 * is still of interest, the old values of what changed after it (an undo log by snapshot). Writing costs one more map
 * entry while an append is under way and nothing when there is none; reading the present costs nothing; reading the
 * past looks through the few snapshots that are open. A snapshot's epoch is the log offset up to which records had been
 * replayed.
 *
 * Undo by snapshot was preferred to copying groups on write, because a coordinator with ten thousand offsets changes
 * one of them at a time, and to immutable trees, because those make every read dearer.
 */

import { invariant } from '../../env/invariant.ts'

/** The epoch of the present: what was replayed last, committed or not. */
export const LATEST = Number.POSITIVE_INFINITY

interface Timeline {
  undo(delta: unknown): void
}

interface Snapshot {
  readonly epoch: number
  /** By structure, the old values that take it back to this snapshot from the next one (or from the present). */
  readonly deltas: Map<Timeline, unknown>
}

export class SnapshotRegistry {
  /** Oldest first. */
  readonly #snapshots: Snapshot[] = []

  /** Remembers the present under `epoch`, which never goes back. A second call for the same epoch changes nothing. */
  snapshot(epoch: number): void {
    const newest = this.#snapshots.at(-1)
    if (newest?.epoch === epoch) return
    invariant(
      newest === undefined || newest.epoch < epoch,
      'timeline',
      'snapshots are taken in the order of their epochs',
    )
    this.#snapshots.push({ epoch, deltas: new Map() })
  }

  /** Makes the present what it was at `epoch`. That snapshot stays, later ones are gone. */
  revertTo(epoch: number): void {
    while (true) {
      const newest = this.#snapshots.at(-1)
      const isKnown = newest !== undefined && newest.epoch >= epoch
      invariant(isKnown, 'timeline', 'the past that is gone back to is kept')
      for (const [timeline, delta] of newest.deltas) timeline.undo(delta)
      newest.deltas.clear()
      if (newest.epoch === epoch) return
      this.#snapshots.pop()
    }
  }

  /** Forgets the past before `epoch`, of which there is a snapshot: nobody will read it or revert to it. */
  deleteUpTo(epoch: number): void {
    const at = this.#snapshots.findIndex((snapshot) => snapshot.epoch === epoch)
    invariant(at !== -1, 'timeline', 'the oldest past that may be read is kept')
    this.#snapshots.splice(0, at)
  }

  /** Forgets every snapshot: all of the present is committed. */
  deleteAll(): void {
    this.#snapshots.length = 0
  }

  get size(): number {
    return this.#snapshots.length
  }

  /** The newest snapshot's delta of a structure, made on its first change; undefined when there is no snapshot. */
  delta<D>(timeline: Timeline, create: () => D): D | undefined {
    const newest = this.#snapshots.at(-1)
    if (newest === undefined) return undefined
    let delta = newest.deltas.get(timeline) as D | undefined
    if (delta === undefined) newest.deltas.set(timeline, (delta = create()))
    return delta
  }

  /** The deltas between `epoch` and the present, oldest first: the first that knows a value knows it as of `epoch`. */
  *deltasSince<D>(timeline: Timeline, epoch: number): Iterable<D> {
    if (epoch === LATEST) return
    const oldest = this.#snapshots[0]?.epoch ?? LATEST
    invariant(oldest <= epoch, 'timeline', 'the past that is read is kept')
    for (const snapshot of this.#snapshots) {
      if (snapshot.epoch < epoch) continue
      const delta = snapshot.deltas.get(timeline) as D | undefined
      if (delta !== undefined) yield delta
    }
  }
}

/** The mark of a key that did not exist. */
const ABSENT = Symbol('absent')

type MapDelta<K, V> = Map<K, V | typeof ABSENT>

/** A map with a past. Values are never changed in place, unless they have a past themselves. */
export class TimelineMap<K, V> implements Timeline {
  readonly #registry: SnapshotRegistry
  readonly #entries = new Map<K, V>()
  #changes = 0

  constructor(registry: SnapshotRegistry) {
    this.#registry = registry
  }

  /** Moves on with every change of the present; whoever keeps a conclusion from it notices by this that it is old. */
  get changes(): number {
    return this.#changes
  }

  get(key: K, epoch: number = LATEST): V | undefined {
    for (const delta of this.#registry.deltasSince<MapDelta<K, V>>(this, epoch)) {
      const old = delta.get(key)
      if (old !== undefined) return old === ABSENT ? undefined : (old as V)
    }
    return this.#entries.get(key)
  }

  has(key: K, epoch: number = LATEST): boolean {
    return this.get(key, epoch) !== undefined
  }

  set(key: K, value: V): void {
    this.#changes++
    this.#remember(key)
    this.#entries.set(key, value)
  }

  delete(key: K): boolean {
    if (!this.#entries.has(key)) return false
    this.#changes++
    this.#remember(key)
    return this.#entries.delete(key)
  }

  isEmpty(epoch: number = LATEST): boolean {
    return this.entries(epoch).next().done === true
  }

  /** The number of keys at present. */
  get size(): number {
    return this.#entries.size
  }

  *entries(epoch: number = LATEST): Generator<[K, V]> {
    const past: MapDelta<K, V> = new Map()
    for (const delta of this.#registry.deltasSince<MapDelta<K, V>>(this, epoch)) {
      for (const [key, old] of delta) if (!past.has(key)) past.set(key, old)
    }
    for (const entry of this.#entries) if (!past.has(entry[0])) yield entry
    for (const [key, old] of past) if (old !== ABSENT) yield [key, old as V]
  }

  *keys(epoch: number = LATEST): Generator<K> {
    for (const [key] of this.entries(epoch)) yield key
  }

  *values(epoch: number = LATEST): Generator<V> {
    for (const [, value] of this.entries(epoch)) yield value
  }

  undo(delta: unknown): void {
    this.#changes++
    for (const [key, old] of delta as MapDelta<K, V>) {
      if (old === ABSENT) this.#entries.delete(key)
      else this.#entries.set(key, old as V)
    }
  }

  #remember(key: K): void {
    const delta = this.#registry.delta<MapDelta<K, V>>(this, () => new Map())
    if (delta === undefined || delta.has(key)) return
    delta.set(key, this.#entries.has(key) ? (this.#entries.get(key) as V) : ABSENT)
  }
}
