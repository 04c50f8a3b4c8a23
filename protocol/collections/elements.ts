/** Elements that are known to be there: a missing one is a bug of the caller, which ends here instead of going on. */

export function at<T>(list: ArrayLike<T>, index: number): T {
  const element = list[index]
  if (element === undefined) throw new RangeError(`There is no element ${index} in a list of ${list.length}`)
  return element
}

export const first = <T>(list: ArrayLike<T>): T => at(list, 0)

export const last = <T>(list: ArrayLike<T>): T => at(list, list.length - 1)
