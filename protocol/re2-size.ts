/**
 * The size of a pattern with its counts written out, in letters and signs: a library makes a step of each. Fifteen letters,
 * `(x{1000}){1000}`, are a million steps, and all clients wait while they are made.
 */
const COUNT = /\{(\d+)(?:(,)(\d*))?\}\??/y
const QUOTED = /\\Q([\s\S]*?)(?:\\E|$)/y
const SINGLE = /\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|[\s\S])|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]/y
const OPENING = /\((?:\?(?:P?<[^>]*>|[a-zA-Z-]*:))?/y

/** May be too large by what stands for nothing, like flags. A pattern that is not well formed has some size, too. */
export function re2Size(pattern: string): number {
  const outer: number[] = []
  let at = 0
  // The sizes are those of the sequence that is read, and of the last part of it.
  let total = 0
  let last = 0
  const take = (what: RegExp): RegExpExecArray | null => {
    what.lastIndex = at
    const found = what.exec(pattern)
    if (found !== null) at += found[0].length
    return found
  }
  const add = (size: number): void => {
    last = size
    total += size
  }
  while (at < pattern.length) {
    const count = take(COUNT)
    if (count !== null) {
      const [, least, comma, most] = count
      const times = comma === undefined ? Number(least) : most === '' ? Number(least) + 1 : Number(most)
      total += last * (times - 1)
      last *= times
      continue
    }
    const quoted = take(QUOTED)
    if (quoted !== null) add(quoted[1]?.length ?? 0)
    else if (take(SINGLE) !== null) add(1)
    else if (take(OPENING) !== null) {
      outer.push(total)
      total = 0
      last = 0
    } else if (pattern[at++] === ')') {
      const size = total + 1
      total = outer.pop() ?? 0
      add(size)
    } else add(1)
  }
  return outer.reduce((sum, each) => sum + each, total)
}
