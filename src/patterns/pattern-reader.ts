/** Reads a pattern in RE2's language from its beginning to its end, piece by piece. */
const COUNT = /\{(\d+)(?:(,)(\d*))?\}\??/y
const QUOTED = /\\Q([\s\S]*?)(?:\\E|$)/y
const ESCAPED = /\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|[\s\S])/y
const CLASS = /\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]/y
const OPENING = /\((?:\?(?:P?<[^>]*>|[a-zA-Z-]*:))?/y

/** How often what stands before it is repeated. */
export interface Count {
  readonly text: string
  readonly min: number
  /** null: as often as one likes. */
  readonly max: number | null
}

export class PatternReader {
  readonly #pattern: string
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#pattern.length
  }

  /** The next character, which stays the next one; undefined at the end. */
  get next(): string | undefined {
    return this.#pattern[this.#at]
  }

  /** One character, whatever it is; empty at the end. */
  character(): string {
    return this.#pattern[this.#at++] ?? ''
  }

  count(): Count | null {
    const found = this.#take(COUNT)
    if (found === null) return null
    const [text, least, comma, most] = found
    const min = Number(least)
    const max = comma === undefined ? min : most === '' ? null : Number(most)
    return { text, min, max }
  }

  /** From `\Q` to `\E`, with the text between them. */
  quoted(): { readonly text: string; readonly content: string } | null {
    const found = this.#take(QUOTED)
    return found === null ? null : { text: found[0], content: found[1] ?? '' }
  }

  /** An escape that is no quotation, or a class of characters. */
  single(): string | null {
    return (this.#take(ESCAPED) ?? this.#take(CLASS))?.[0] ?? null
  }

  /** The beginning of a group, with its name and its flags. */
  opening(): string | null {
    return this.#take(OPENING)?.[0] ?? null
  }

  #take(piece: RegExp): RegExpExecArray | null {
    piece.lastIndex = this.#at
    const found = piece.exec(this.#pattern)
    if (found !== null) this.#at += found[0].length
    return found
  }
}
