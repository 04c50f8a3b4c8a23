/** The tokens of a .proto file: names with their dots, numbers, strings and single signs. */

const TOKEN =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|(\.?[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*|0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|[^\s])/y
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' }

export class ProtoTokens {
  readonly #tokens: string[] = []
  readonly #starts: number[] = []
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
    TOKEN.lastIndex = 0
    for (let start = 0; start < text.length; start = TOKEN.lastIndex) {
      const found = TOKEN.exec(text)
      if (found === null) throw new Error(`Syntax error: character ${start} begins nothing`)
      if (found[1] === undefined) continue
      this.#tokens.push(found[1])
      this.#starts.push(start)
    }
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  get isString(): boolean {
    return /^["']/.test(this.peek())
  }

  /** The token that is so many ahead; empty behind the end. */
  peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead] ?? ''
  }

  next(): string {
    if (this.isAtEnd) throw this.error('the file ends too early')
    return this.#tokens[this.#at++] ?? ''
  }

  takes(token: string): boolean {
    if (this.peek() !== token) return false
    this.#at++
    return true
  }

  expect(token: string): void {
    if (!this.takes(token)) throw this.error(`expected ${token}, not ${this.peek() || 'the end'}`)
  }

  /** A name that may have dots, also at its beginning. */
  name(): string {
    const token = this.next()
    if (!/^\.?[A-Za-z_]/.test(token)) throw this.error(`expected a name, not ${token}`)
    return token
  }

  simpleName(): string {
    const token = this.next()
    if (!/^[A-Za-z_]\w*$/.test(token)) throw this.error(`expected a name, not ${token}`)
    return token
  }

  integer(): number {
    const sign = this.takes('-') ? -1 : 1
    const token = this.next()
    const value = /^0[0-7]+$/.test(token) ? Number.parseInt(token, 8) : Number(token)
    if (!Number.isInteger(value)) throw this.error(`expected an integer, not ${token}`)
    return sign * value
  }

  string(): string {
    const token = this.next()
    if (!/^["']/.test(token)) throw this.error(`expected a string, not ${token}`)
    return token.slice(1, -1).replace(/\\([xX][0-9a-fA-F]{1,2}|[0-7]{1,3}|[\s\S])/g, (_, code: string) => {
      if (/^[xX]$/.test(code)) throw this.error('expected a digit after \\x or \\X')
      if (/^[xX]/.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
      if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8))
      return ESCAPES[code] ?? code
    })
  }

  error(what: string): Error {
    const start = this.#starts[Math.min(this.#at, this.#starts.length) - 1] ?? 0
    const line = this.#text.slice(0, start).split('\n').length
    return new Error(`Syntax error in line ${line}: ${what}`)
  }
}
