/**
 * The size of a pattern with its counts written out, in letters and signs: a library makes a step of each. Fifteen letters,
 * `(x{1000}){1000}`, are a million steps, and all clients wait while they are made.
 */
import { PatternReader } from './pattern-reader.ts'

/** May be too large by what stands for nothing, like flags. A pattern that is not well formed has some size, too. */
export function re2Size(pattern: string): number {
  const reader = new PatternReader(pattern)
  const outer: number[] = []
  // The sizes are those of the sequence that is read, and of the last part of it.
  let total = 0
  let last = 0
  const add = (size: number): void => {
    last = size
    total += size
  }
  while (!reader.isAtEnd) {
    const count = reader.count()
    if (count !== null) {
      const times = count.max ?? count.min + 1
      total += last * (times - 1)
      last *= times
      continue
    }
    const quoted = reader.quoted()
    if (quoted !== null) add(quoted.content.length)
    else if (reader.single() !== null) add(1)
    else if (reader.opening() !== null) {
      outer.push(total)
      total = 0
      last = 0
    } else if (reader.character() === ')') {
      const size = total + 1
      total = outer.pop() ?? 0
      add(size)
    } else add(1)
  }
  return outer.reduce((sum, each) => sum + each, total)
}
