import type { ConfigType, Definition, Validator } from './definition.ts'

/** A value that a person or a client gave and that cannot stand. The message is one sentence, fit for both. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

export type ConfigValue = boolean | number | string | readonly string[] | null

export interface ParsedValue {
  readonly value: ConfigValue
  /** The canonical text, as Kafka answers DescribeConfigs: exact even where a long exceeds what a number holds. */
  readonly text: string | null
}

const NOT_SET: ParsedValue = { value: null, text: null }

/**
 * Parses and validates one value as Kafka's ConfigDef does, with its verdicts and, where it has one, its sentence.
 * Throws `ConfigError`. `text` null means that the key is not set.
 */
export function parseValue(name: string, definition: Definition, text: string | null): ParsedValue {
  const parsed = text === null ? NOT_SET : parseType(name, definition, text.trim())
  const { validator } = definition
  if (validator) {
    const shown = definition.type === 'double' && typeof parsed.value === 'number' ? parsed.text : (text ?? 'null')
    validate(name, validator, parsed, shown ?? '')
  }
  return parsed
}

/** "Invalid value x for configuration y: why" in ConfigException's words. */
const invalid = (name: string, value: string, why: string): ConfigError =>
  new ConfigError(`Invalid value ${value} for configuration ${name}: ${why}`)

function parseType(name: string, { type, sensitive, dropsRepeats }: Definition, text: string): ParsedValue {
  switch (type) {
    case 'boolean': {
      const lower = text.toLowerCase()
      if (lower !== 'true' && lower !== 'false') {
        throw invalid(name, text, 'Expected value to be either true or false')
      }
      return { value: lower === 'true', text: lower }
    }
    case 'int':
    case 'short':
    case 'long':
      return parseInteger(name, type, text)
    case 'double': {
      const value = parseJavaDouble(text)
      if (value === null) throw invalid(name, text, 'Not a number of type DOUBLE')
      return { value, text: formatJavaDouble(value) }
    }
    case 'list': {
      const given = text === '' ? [] : text.split(/\s*,\s*/)
      const value = dropsRepeats ? [...new Set(given)] : given
      return { value, text: value.join(',') }
    }
    default:
      return { value: text, text: sensitive ? '[hidden]' : text }
  }
}

const INTEGER_BITS: Partial<Record<ConfigType, bigint>> = { short: 16n, int: 32n, long: 64n }

function parseInteger(name: string, type: 'short' | 'int' | 'long', text: string): ParsedValue {
  const problem = `Not a number of type ${type.toUpperCase()}`
  if (!/^[+-]?\d+$/.test(text)) throw invalid(name, text, problem)
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
  if (BigInt.asIntN(Number(INTEGER_BITS[type]), value) !== value) throw invalid(name, text, problem)
  return { value: Number(value), text: value.toString() }
}

/** Double.parseDouble without hexadecimal floating point, which no configuration has ever held. */
function parseJavaDouble(text: string): number | null {
  const special = /^([+-]?)(NaN|Infinity)$/.exec(text)
  if (special) {
    if (special[2] === 'NaN') return Number.NaN
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[dDfF]?$/.exec(text)
  return match ? Number(match[1]) : null
}

/** Double.toString: at least one digit after the point, and an exponent outside of 10^-3 … 10^7. */
function formatJavaDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const magnitude = Math.abs(value)
  if (magnitude === 0) return `${sign}0.0`
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const text = String(magnitude)
    return sign + (text.includes('.') ? text : `${text}.0`)
  }
  const [digits = '', exponent] = magnitude.toExponential().split('e')
  return `${sign}${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}

function validate(name: string, validator: Validator, { value }: ParsedValue, shown: string): void {
  switch (validator.kind) {
    case 'range': {
      if (value === null) throw invalid(name, 'null', 'Value must be non-null')
      const { min, max } = validator
      if (min !== undefined && (value as number) < min) throw invalid(name, shown, `Value must be at least ${min}`)
      if (max !== undefined && (value as number) > max) throw invalid(name, shown, `Value must be no more than ${max}`)
      return
    }
    case 'enum':
      if (!validator.values.includes(value as string)) {
        throw invalid(name, shown, `String must be one of: ${validator.values.join(', ')}`)
      }
      return
    case 'enum-ignore-case':
      if (value === null || !validator.values.includes((value as string).toUpperCase())) {
        throw invalid(name, shown, `String must be one of (case insensitive): ${validator.values.join(', ')}`)
      }
      return
    case 'list':
      validateList(name, validator, value as readonly string[] | null)
      return
    case 'custom': {
      const problem = validator.check(value)
      if (problem !== null) throw invalid(name, shown, problem)
    }
  }
}

/** KIP-1161: what a list may hold. */
function validateList(
  name: string,
  validator: Extract<Validator, { kind: 'list' }>,
  value: readonly string[] | null,
): void {
  if (value === null) {
    if (!validator.nullAllowed) throw new ConfigError(`Configuration '${name}' values must not be null.`)
    return
  }
  if (value.length === 0 && !validator.emptyAllowed) {
    const valid = validator.values ? `[${validator.values.join(', ')}]` : 'any non-empty value'
    throw new ConfigError(`Configuration '${name}' must not be empty. Valid values include: ${valid}`)
  }
  if (value.includes('')) throw new ConfigError(`Configuration '${name}' values must not be empty.`)
  if (new Set(value).size < value.length)
    throw new ConfigError(`Configuration '${name}' values must not be duplicated.`)
  const stranger = validator.values && value.find((entry) => !validator.values?.includes(entry))
  if (stranger !== undefined) {
    throw invalid(name, stranger, `String must be one of: ${validator.values?.join(', ')}`)
  }
}
