/**
 * Assertions that stay on where data is at stake. An invariant that does not hold is a bug, and what it protects cannot be
 * trusted any more: the check throws, and the part ends there (a partition goes offline and answers KAFKA_STORAGE_ERROR,
 * a coordinator gives its shard up, a slab is never written again) instead of going on with what may be wrong. Failed
 * checks are counted by part, for those who watch a broker and for tests that plant bugs.
 *
 * A check costs one comparison: the claim is a constant text. Where the numbers matter to whoever reads the log, the
 * caller compares for itself and throws `violation` with a text made there.
 */

/** The parts that end by themselves when one of their invariants is broken. */
export type ProtectedPart = 'partition' | 'log' | 'slab' | 'timeline' | 'pipeline'

export class InvariantError extends Error {
  readonly part: ProtectedPart

  constructor(part: ProtectedPart, claim: string) {
    super(`An invariant of a ${part} does not hold: ${claim}. This is a bug of samsa; please report it.`)
    this.name = 'InvariantError'
    this.part = part
  }
}

const failures = new Map<ProtectedPart, number>()

/** How many checks have failed in this process, by part; a part without a failure is absent. */
export function invariantFailures(): ReadonlyMap<ProtectedPart, number> {
  return failures
}

/** The error to throw for an invariant that was found broken; counted. `claim` says what should have been true. */
export function violation(part: ProtectedPart, claim: string): InvariantError {
  failures.set(part, (failures.get(part) ?? 0) + 1)
  return new InvariantError(part, claim)
}

/** Throws an `InvariantError` unless `holds`. */
export function invariant(holds: boolean, part: ProtectedPart, claim: string): asserts holds {
  if (!holds) throw violation(part, claim)
}

/** The value, which must be there: an item of a list whose length was just looked at, an entry that was put before. */
export function present<T>(value: T | null | undefined, part: ProtectedPart, claim: string): T {
  if (value === null || value === undefined) throw violation(part, claim)
  return value
}
