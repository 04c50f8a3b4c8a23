/**
 * JSON as a schema's text has it: numbers keep their digits (1.0 is not 1, and 2^60 is not rounded), properties their
 * order. Schemas are kept and fingerprinted as text, so nothing may be lost on the way through.
 */

/** A number as it was written. */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  get value(): number {
    return Number(this.text)
  }
}

export type Json = null | boolean | string | JsonNumber | Json[] | JsonObject
/** Properties in the order of the text; of two with one name the last. */
export type JsonObject = Map<string, Json>

export const isObject = (json: Json | undefined): json is JsonObject => json instanceof Map
export const isArray = (json: Json | undefined): json is Json[] => Array.isArray(json)

const MOST_DEPTH = 1_000
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\r\n]*/y
const STRING = /"(?:[^"\\]|\\.)*"/y
const WORDS: readonly (readonly [string, null | boolean])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
]

/** Throws a SyntaxError with the place where the text is no JSON. */
export function parseJson(text: string): Json {
  const parser = new Parser(text)
  const value = parser.value(0)
  parser.end()
  return value
}

class Parser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): Json {
    if (depth > MOST_DEPTH) throw this.#error('is nested too deeply')
    this.#match(SPACE)
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      default:
        return this.#wordOrNumber()
    }
  }

  end(): void {
    this.#match(SPACE)
    if (this.#at < this.#text.length) throw this.#error('goes on behind its end')
  }

  #object(depth: number): JsonObject {
    const object: JsonObject = new Map()
    this.#at++
    if (this.#takes('}')) return object
    do {
      this.#match(SPACE)
      const name = this.#string()
      this.#expect(':')
      object.set(name, this.value(depth + 1))
    } while (this.#takes(','))
    this.#expect('}')
    return object
  }

  #array(depth: number): Json[] {
    const array: Json[] = []
    this.#at++
    if (this.#takes(']')) return array
    do array.push(this.value(depth + 1))
    while (this.#takes(','))
    this.#expect(']')
    return array
  }

  #string(): string {
    const literal = this.#match(STRING)
    if (literal === null) throw this.#error('needs a string here')
    return JSON.parse(literal)
  }

  #wordOrNumber(): Json {
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue
      this.#at += word.length
      return value
    }
    const literal = this.#match(NUMBER)
    if (literal === null) throw this.#error('has no value here')
    return new JsonNumber(literal)
  }

  #takes(character: string): boolean {
    this.#match(SPACE)
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #expect(character: string): void {
    if (!this.#takes(character)) throw this.#error(`needs a ${character} here`)
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? null
    if (found !== null) this.#at += found.length
    return found
  }

  #error(what: string): SyntaxError {
    const near = this.#text.slice(this.#at, this.#at + 20)
    return new SyntaxError(`The JSON ${what} (character ${this.#at}${near === '' ? '' : `, at ${near}`})`)
  }
}

/** The text without spaces, numbers as registries on the JVM write them. `sorted`: properties by name, at every level. */
export function printJson(json: Json, { sorted = false }: { readonly sorted?: boolean } = {}): string {
  if (json instanceof JsonNumber) return printNumber(json.text)
  if (isArray(json)) return `[${json.map((item) => printJson(item, { sorted })).join(',')}]`
  if (!isObject(json)) return JSON.stringify(json)
  const entries = [...json]
  if (sorted) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${printJson(value, { sorted })}`).join(',')}}`
}

/** Integers keep their digits; others are doubles, written as `Double.toString` does. */
function printNumber(text: string): string {
  if (/^-?\d+$/.test(text)) return text === '-0' ? '0' : text
  const value = Number(text)
  if (!Number.isFinite(value)) return text
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power < -3 || power >= 7) return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${power}`
  const plain = String(value)
  return plain.includes('.') ? plain : `${plain}.0`
}

/** The value as JavaScript has it: what a validator or a decoder takes. */
export function toValue(json: Json): unknown {
  if (json instanceof JsonNumber) return json.value
  if (isArray(json)) return json.map(toValue)
  return isObject(json) ? Object.fromEntries([...json].map(([name, value]) => [name, toValue(value)])) : json
}

/** Whether both say the same: the order of properties does not count, and numbers count by their value. */
export function sameJson(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true
  if (one instanceof JsonNumber) return other instanceof JsonNumber && one.value === other.value
  if (isArray(one)) {
    return isArray(other) && one.length === other.length && one.every((item, index) => sameJson(item, other[index]))
  }
  if (!isObject(one) || !isObject(other) || one.size !== other.size) return false
  return [...one].every(([name, value]) => other.has(name) && sameJson(value, other.get(name)))
}
