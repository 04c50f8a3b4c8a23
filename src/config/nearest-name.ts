import { at } from '../../protocol/collections/elements.ts'

/** A name that differs in more than this part of its letters is no misspelling. */
const MAX_DIFFERENCE = 0.34

/** The known name that `name` most likely stands for; null when none is near. */
export function nearestName(name: string, known: Iterable<string>): string | null {
  let nearest: string | null = null
  let least = Math.floor(name.length * MAX_DIFFERENCE) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least) continue
    const distance = editDistance(name, candidate, least)
    if (distance < least) {
      least = distance
      nearest = candidate
    }
  }
  return nearest
}

/** The insertions, deletions, replacements and swaps between two names (optimal string alignment), at most `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let best = i
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let cost = Math.min(replaced, at(last, j) + 1, at(row, j - 1) + 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwap) cost = Math.min(cost, at(beforeLast, j - 2) + 1)
      row.push(cost)
      best = Math.min(best, cost)
    }
    if (best >= limit) return limit
    beforeLast = last
    last = row
  }
  return at(last, b.length)
}
