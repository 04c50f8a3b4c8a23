/** Values that stand more than once in a list. The list may be a stranger's: its length counts once, not squared. */
export function repeated<T>(values: Iterable<T>): ReadonlySet<T> {
  const seen = new Set<T>()
  const again = new Set<T>()
  for (const value of values) {
    if (seen.has(value)) again.add(value)
    seen.add(value)
  }
  return again
}

/** The first value that has stood before; undefined where each stands once. */
export const firstRepeated = <T>(values: Iterable<T>): T | undefined => repeated(values).values().next().value
