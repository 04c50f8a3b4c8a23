/**
 * The library refuses repeats in repeats whose counts multiply to more than 1,000, which RE2/J takes. Written out, the
 * outer one is none: `(a{1000}){3}` is `(a{1000})(a{1000})(a{1000})`, which the whole of a text fits exactly as well.
 */
import { type Count, PatternReader } from './pattern-reader.ts'

/** A pattern that grows beyond this is refused as it was. */
const LONGEST_PATTERN = 1_000_000

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
  readonly #reader: PatternReader

  constructor(pattern: string) {
    this.#reader = new PatternReader(pattern)
  }

  all(): string {
    let text = ''
    while (!this.#reader.isAtEnd) {
      text += this.#sequence().text
      // A closing parenthesis too many is for the library to complain of.
      text += this.#reader.character()
    }
    return text
  }

  /** Up to the parenthesis that closes it, or the end. */
  #sequence(): Atom {
    const atoms: Atom[] = []
    while (!this.#reader.isAtEnd && this.#reader.next !== ')') {
      const count = this.#reader.count()
      const last = atoms.at(-1)
      if (count === null) atoms.push(this.#atom())
      else if (last === undefined) atoms.push({ text: count.text, counted: true })
      else
        atoms[atoms.length - 1] = last.counted
          ? writtenOut(last, count)
          : { text: last.text + count.text, counted: true }
    }
    const text = atoms.map((atom) => atom.text).join('')
    if (text.length > LONGEST_PATTERN) throw new TooLong()
    return { text, counted: atoms.some(({ counted }) => counted) }
  }

  #atom(): Atom {
    const plain = this.#reader.quoted()?.text ?? this.#reader.single()
    if (plain !== null) return { text: plain, counted: false }
    const start = this.#reader.character()
    if (start !== '(') return { text: start, counted: false }
    const { text, counted } = this.#sequence()
    return { text: `(${text}${this.#reader.character()}`, counted }
  }
}

function writtenOut({ text }: Atom, { min, max }: Count): Atom {
  if (text.length * Math.max(min, max ?? 0) > LONGEST_PATTERN) throw new TooLong()
  const tail = max === null ? `(?:${text})*` : `(?:${text})?`.repeat(Math.max(max - min, 0))
  return { text: `(?:${text.repeat(min)}${tail})`, counted: true }
}
