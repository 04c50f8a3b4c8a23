/** Look-ups that cannot miss in the assignors; one that does is a bug there, and says so instead of going on. */

export function at<T>(list: readonly T[], index: number): T {
  const value = list[index]
  if (value === undefined) throw new RangeError(`There is nothing at ${index} of ${list.length}`)
  return value
}

export function of<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key)
  if (value === undefined) throw new RangeError(`There is nothing under ${key}`)
  return value
}
