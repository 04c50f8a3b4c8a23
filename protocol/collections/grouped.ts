/** Values under the keys that they share. Lists may be a stranger's: each value costs the same, however many there are. */

/** The list under a key, made where there is none yet. */
export function listAt<K, T>(lists: Map<K, T[]>, key: K): T[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

/** The values by what `keyOf` says of each; keys in the order in which they first appear. */
export function grouped<K, T>(values: Iterable<T>, keyOf: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const value of values) listAt(groups, keyOf(value)).push(value)
  return groups
}
