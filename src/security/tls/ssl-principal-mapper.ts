/**
 * `ssl.principal.mapping.rules` (KIP-371): which principal the distinguished name of a certificate stands for. Rules
 * are tried in order; `RULE:pattern/replacement/[LU]` applies when its pattern matches the whole name, DEFAULT always.
 */
import { ConfigError } from '../../config/values.ts'

interface Rule {
  /** null: the name as it is. */
  readonly pattern: RegExp | null
  readonly replacement: string
  readonly letters: '' | 'L' | 'U'
}

const RULE = String.raw`(DEFAULT)|RULE:((?:\\.|[^\\/])*)/((?:\\.|[^\\/])*)/([LU]?).*?|(.*?)`
const SPLITTER = new RegExp(String.raw`\s*(${RULE})\s*(,\s*|$)`, 'y')
const WHOLE_RULE = new RegExp(`^(?:${RULE})$`)
/** The part of a rule that Kafka's parser takes; there is nothing behind it in a valid one. */
const RULE_START = new RegExp(`^(?:${RULE})`)

export class SslPrincipalMapper {
  readonly #rules: readonly Rule[]

  /** Throws `ConfigError` for a rule that is none. */
  constructor(rules: string) {
    this.#rules = splitRules(rules.trim()).flatMap(parseRule)
  }

  /** null: no rule applies, and the connection is refused. */
  nameOf(distinguishedName: string): string | null {
    for (const rule of this.#rules) {
      const name = apply(rule, distinguishedName)
      if (name !== null) return name
    }
    return null
  }
}

function splitRules(text: string): string[] {
  const found: string[] = []
  SPLITTER.lastIndex = 0
  while (SPLITTER.lastIndex <= text.length) {
    const match = SPLITTER.exec(text)
    if (match === null) throw invalid(text)
    found.push(match[1] ?? '')
    if (match[0] === '') break
  }
  return found
}

const invalid = (rule: string): ConfigError =>
  new ConfigError(
    `Invalid rule in ssl.principal.mapping.rules: \`${rule}\` is neither DEFAULT nor RULE:pattern/replacement/[LU]`,
  )

function parseRule(text: string): Rule[] {
  const match = WHOLE_RULE.exec(text)
  if (match === null || (RULE_START.exec(text)?.[0] ?? '') !== text) throw invalid(text)
  const [, isDefault, pattern, replacement = '', letters] = match
  if (isDefault !== undefined) return [{ pattern: null, replacement: '', letters: '' }]
  if (pattern === undefined) return []
  return [{ pattern: compile(pattern), replacement, letters: letters as Rule['letters'] }]
}

/** Java's patterns are JavaScript's in what such rules use; the flag for either case stands in front of Java's. */
function compile(pattern: string): RegExp {
  const ignoresCase = pattern.startsWith('(?i)')
  try {
    return new RegExp(ignoresCase ? pattern.slice(4) : pattern, ignoresCase ? 'gi' : 'g')
  } catch {
    throw invalid(pattern)
  }
}

function apply({ pattern, replacement, letters }: Rule, name: string): string | null {
  if (pattern === null) return name
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.ignoreCase ? 'i' : '').exec(name)
  if (whole === null) return null
  const mapped = name.replace(pattern, (...match: unknown[]) => expand(replacement, match, whole.length - 1))
  return letters === 'L' ? mapped.toLowerCase() : letters === 'U' ? mapped.toUpperCase() : mapped
}

/**
 * `$1`, and `\` before what stands for itself. The longest number that names a group counts; `$9` without one is text.
 */
function expand(replacement: string, groups: readonly unknown[], groupCount: number): string {
  return replacement.replace(/\\(.)|\$(\d+)/g, (text: string, escaped?: string, digits?: string) => {
    if (escaped !== undefined) return escaped
    for (let length = digits!.length; length > 0; length--) {
      const group = Number(digits!.slice(0, length))
      if (group <= groupCount) return `${groups[group] ?? ''}${digits!.slice(length)}`
    }
    return text
  })
}
