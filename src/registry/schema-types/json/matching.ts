/**
 * The largest set of pairs in which each row and each column stands at most once, by augmenting paths. `fits[row][column]`
 * says which pairs there may be; the result has the column of each row, or null.
 */
export function largestMatching(fits: readonly (readonly boolean[])[]): (number | null)[] {
  const rowOf = new Map<number, number>()
  const place = (row: number, tried: Set<number>): boolean => {
    for (const [column, fit] of (fits[row] ?? []).entries()) {
      if (!fit || tried.has(column)) continue
      tried.add(column)
      const holder = rowOf.get(column)
      if (holder !== undefined && !place(holder, tried)) continue
      rowOf.set(column, row)
      return true
    }
    return false
  }
  for (const row of fits.keys()) place(row, new Set())
  const columns: (number | null)[] = fits.map(() => null)
  for (const [column, row] of rowOf) columns[row] = column
  return columns
}
