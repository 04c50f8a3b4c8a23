/** The list under a key, made where there is none yet: things are put under their keys one by one, at the cost of one each. */
export function listAt<K, T>(lists: Map<K, T[]>, key: K): T[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}
