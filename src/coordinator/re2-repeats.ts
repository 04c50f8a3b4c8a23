/**
 * The library refuses repeats in repeats whose counts multiply to more than 1,000, which RE2/J takes. Written out, the
 * outer one is none: `(a{1000}){3}` is `(a{1000})(a{1000})(a{1000})`, which the whole of a text fits exactly as well.
 */

/** A pattern that grows beyond this is refused as it was. */
const LONGEST_PATTERN = 1_000_000
const COUNT = /\{(\d+)(?:(,)(\d*))?\}\??/y
const ESCAPED = /\\(?:Q[\s\S]*?(?:\\E|$)|[pP]\{[^}]*\}|x\{[^}]*\}|[\s\S])/y
const CLASS = /\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]/y

interface Atom {
  text: string
  /** There is a count in it. */
  counted: boolean
}

/** The pattern without counts around counts; null where it would be too long. */
export function withoutNestedCounts(pattern: string): string | null {
  try {
    return new Unnesting(pattern).all()
  } catch (error) {
    if (error instanceof TooLong) return null
    throw error
  }
}

class TooLong extends Error {}

class Unnesting {
  readonly #pattern: string
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  all(): string {
    let text = ''
    while (this.#at < this.#pattern.length) {
      text += this.#sequence().text
      // A closing parenthesis too many is for the library to complain of.
      if (this.#at < this.#pattern.length) text += this.#pattern[this.#at++]
    }
    return text
  }

  /** Up to the parenthesis that closes it, or the end. */
  #sequence(): Atom {
    const atoms: Atom[] = []
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== ')') {
      const count = this.#take(COUNT)
      const last = atoms.at(-1)
      if (count === null) atoms.push(this.#atom())
      else if (last === undefined) atoms.push({ text: count[0], counted: true })
      else
        atoms[atoms.length - 1] = last.counted ? writtenOut(last, count) : { text: last.text + count[0], counted: true }
    }
    const text = atoms.map((atom) => atom.text).join('')
    if (text.length > LONGEST_PATTERN) throw new TooLong()
    return { text, counted: atoms.some(({ counted }) => counted) }
  }

  #atom(): Atom {
    const plain = this.#take(ESCAPED)?.[0] ?? this.#take(CLASS)?.[0]
    if (plain !== undefined) return { text: plain, counted: false }
    const start = this.#pattern[this.#at++]
    if (start !== '(') return { text: start ?? '', counted: false }
    const { text, counted } = this.#sequence()
    const end = this.#pattern[this.#at++] ?? ''
    return { text: `(${text}${end}`, counted }
  }

  #take(what: RegExp): RegExpExecArray | null {
    what.lastIndex = this.#at
    const found = what.exec(this.#pattern)
    if (found !== null) this.#at += found[0].length
    return found
  }
}

function writtenOut({ text }: Atom, [, least, comma, most]: RegExpExecArray): Atom {
  const min = Number(least)
  const max = comma === undefined ? min : most === '' ? null : Number(most)
  if (text.length * Math.max(min, max ?? 0) > LONGEST_PATTERN) throw new TooLong()
  const tail = max === null ? `(?:${text})*` : `(?:${text})?`.repeat(Math.max(max - min, 0))
  return { text: `(?:${text.repeat(min)}${tail})`, counted: true }
}
