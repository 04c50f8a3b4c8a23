/**
 * JAAS texts as Apache Kafka reads them: the value of `sasl.jaas.config`, and files with a section for each login context.
 * The words are those of Java's StreamTokenizer in the way Kafka sets it up.
 *
 *     org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="secret";
 */
import { ConfigError } from '../config/values.ts'

export interface JaasEntry {
  /** The class of the login module. */
  readonly loginModule: string
  readonly options: ReadonlyMap<string, string>
}

/** Texts never show up in errors: they hold passwords. */
const problem = (what: string): ConfigError => new ConfigError(`${what} in JAAS config`)

/** The entries of a `sasl.jaas.config`. Throws `ConfigError`. */
export function parseJaasConfig(text: string): readonly JaasEntry[] {
  const tokens = new Tokens(text)
  const entries: JaasEntry[] = []
  for (let token = tokens.next(); token.kind !== 'end'; token = tokens.next()) entries.push(parseEntry(token, tokens))
  if (entries.length === 0) throw problem('Login module not specified')
  return entries
}

/** The sections of a JAAS file by their name (`KafkaServer`, `sasl_ssl.KafkaServer`). Throws `ConfigError`. */
export function parseJaasFile(text: string): ReadonlyMap<string, readonly JaasEntry[]> {
  const tokens = new Tokens(text)
  const sections = new Map<string, readonly JaasEntry[]>()
  for (let name = tokens.next(); name.kind !== 'end'; name = tokens.next()) {
    if (name.kind !== 'text' || !isPunctuation(tokens.next(), '{')) throw problem('A section is not NAME { … };')
    const entries: JaasEntry[] = []
    for (let token = tokens.next(); !isPunctuation(token, '}'); token = tokens.next()) {
      if (token.kind === 'end') throw problem(`The section ${name.text} is not closed`)
      entries.push(parseEntry(token, tokens))
    }
    if (!isPunctuation(tokens.next(), ';')) throw problem(`The section ${name.text} not terminated by semi-colon`)
    sections.set(name.text, entries)
  }
  return sections
}

/** An option of the first entry that is of this login module; null when there is none. */
export function jaasOption(entries: readonly JaasEntry[], loginModule: string, option: string): string | null {
  for (const entry of entries) {
    if (entry.loginModule === loginModule) return entry.options.get(option) ?? null
  }
  return null
}

type Token = { readonly kind: 'text' | 'punctuation'; readonly text: string } | { readonly kind: 'end' | 'number' }

const isPunctuation = (token: Token, text: string): boolean => token.kind === 'punctuation' && token.text === text

const FLAGS = new Set(['REQUIRED', 'REQUISITE', 'SUFFICIENT', 'OPTIONAL'])

function parseEntry(first: Token, tokens: Tokens): JaasEntry {
  if (first.kind !== 'text') throw problem('Login module not specified')
  const flag = tokens.next()
  if (flag.kind === 'end') throw problem('Login module control flag not specified')
  if (flag.kind !== 'text') throw problem('Login module control flag is not available')
  if (!FLAGS.has(flag.text.toUpperCase())) throw problem(`Invalid login module control flag '${flag.text}'`)
  const options = new Map<string, string>()
  for (;;) {
    const key = tokens.next()
    if (isPunctuation(key, ';')) return { loginModule: first.text, options }
    if (key.kind === 'end') throw new ConfigError('JAAS config entry not terminated by semi-colon')
    const equals = tokens.next()
    const value = isPunctuation(equals, '=') ? tokens.next() : equals
    // A missing quote makes a name of a password: options are counted, not named.
    if (key.kind !== 'text' || value === equals || value.kind !== 'text') {
      throw problem(`Value not specified for option ${options.size + 1} of ${first.text}`)
    }
    options.set(key.text, value.text)
  }
}

const SPACE = /^(?:[\0- ]+|\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)|\/[^\r\n]*)/
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)/
const WORD = /^[A-Za-z_$\u00a0-\u00ff-][A-Za-z0-9._$\u00a0-\u00ff-]*/
const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\x0b' }

class Tokens {
  #rest: string

  constructor(text: string) {
    this.#rest = text
  }

  next(): Token {
    for (let space = SPACE.exec(this.#rest); space !== null; space = SPACE.exec(this.#rest)) this.#take(space[0])
    const first = this.#rest[0]
    if (first === undefined) return { kind: 'end' }
    if (first === '"' || first === "'") return { kind: 'text', text: this.#quoted(first) }
    const number = NUMBER.exec(this.#rest)
    if (number !== null) {
      this.#take(number[0])
      return { kind: 'number' }
    }
    const word = WORD.exec(this.#rest)
    return word === null
      ? { kind: 'punctuation', text: this.#take(first) }
      : { kind: 'text', text: this.#take(word[0]) }
  }

  #take(text: string): string {
    this.#rest = this.#rest.slice(text.length)
    return text
  }

  /** A quoted text ends at its quote or, as in Java, at the end of the line. */
  #quoted(quote: string): string {
    const parts: string[] = []
    let at = 1
    for (;;) {
      const character = this.#rest.charAt(at)
      if (character === quote || '\r\n'.includes(character)) break
      const octal = /^\\(?:[0-3][0-7]{0,2}|[4-7][0-7]?)/.exec(this.#rest.slice(at, at + 4))
      if (octal !== null) {
        parts.push(String.fromCharCode(Number.parseInt(octal[0].slice(1), 8)))
        at += octal[0].length
      } else if (character === '\\' && at + 1 < this.#rest.length) {
        const escaped = this.#rest.charAt(at + 1)
        parts.push(ESCAPES[escaped] ?? escaped)
        at += 2
      } else {
        parts.push(character)
        at++
      }
    }
    this.#take(this.#rest.slice(0, at + (this.#rest[at] === quote ? 1 : 0)))
    return parts.join('')
  }
}
