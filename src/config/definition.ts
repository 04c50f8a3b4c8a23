/**
 * A configuration key has a type, a default, a validator, and may or may not change while the broker runs. The
 * tables in definitions/ hold one line a key; tests compare each line with Apache's own ConfigDef.
 */
export type ConfigType = 'boolean' | 'string' | 'int' | 'short' | 'long' | 'double' | 'list' | 'class' | 'password'

/** Kafka's dynamic update modes: never, on one broker by its id, or on one broker or the whole cluster. */
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide'

export type Validator =
  | { readonly kind: 'range'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'enum' | 'enum-ignore-case'; readonly values: readonly string[] }
  | {
      readonly kind: 'list'
      readonly emptyAllowed: boolean
      readonly nullAllowed: boolean
      readonly values?: readonly string[]
    }
  /** A rule in code. `text` is how Kafka's documentation names it. */
  | { readonly kind: 'custom'; readonly text: string; readonly check: (value: unknown) => string | null }

export interface Definition<T = unknown> {
  readonly type: ConfigType
  /** Text as a properties file would have it; null is Kafka's null, "not set". */
  readonly default: string | null
  readonly validator: Validator | null
  readonly updateMode: UpdateMode
  /** Apache has no default: the key must be given. samsa's own defaults make up for each of them. */
  readonly required: boolean
  /** Not shown by DescribeConfigs. */
  readonly internal: boolean
  /** A password never leaves the broker, not in an answer and not in a log line. */
  readonly sensitive: boolean
  /** Explained by us for keys of our own; Apache's keys are explained in Apache's documentation. */
  readonly documentation: string | null
  /** Carries the type of the parsed value; absent at run time. */
  readonly valueType?: T
  /** An entry of a list that is given twice counts once; else it is refused (KIP-1161). */
  readonly dropsRepeats: boolean
}

export type Definitions = Readonly<Record<string, Definition>>

/** Clients choose names: one that every object has, `constructor`, is no key of a table. */
export const definitionIn = (table: Definitions, name: string): Definition | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined
export type ValueOf<D> = D extends Definition<infer T> ? T : never
export type ValuesOf<Table> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> }

interface Options {
  readonly min?: number
  readonly max?: number
  readonly check?: Validator
  readonly update?: UpdateMode
  readonly required?: boolean
  readonly internal?: boolean
  readonly documentation?: string
  readonly dropsRepeats?: boolean
}

type Nullable<Default, T> = Default extends null ? T | null : T

function define<T>(type: ConfigType, defaultText: string | null, options: Options): Definition<T> {
  const range = options.min !== undefined || options.max !== undefined
  return {
    type,
    default: defaultText,
    validator: range ? rangeOf(options) : (options.check ?? null),
    updateMode: options.update ?? 'read-only',
    required: options.required ?? false,
    internal: options.internal ?? false,
    sensitive: type === 'password',
    documentation: options.documentation ?? null,
    dropsRepeats: options.dropsRepeats ?? false,
  }
}

function rangeOf({ min, max }: Options): Validator {
  if (max === undefined) return { kind: 'range', min }
  return min === undefined ? { kind: 'range', max } : { kind: 'range', min, max }
}

const textOf = (value: unknown): string | null => (value === null ? null : String(value))

export const boolean = (value: boolean, options: Options = {}): Definition<boolean> =>
  define('boolean', String(value), options)

export const string = <D extends string | null>(value: D, options: Options = {}): Definition<Nullable<D, string>> =>
  define('string', value, options)

export const int = <D extends number | null>(value: D, options: Options = {}): Definition<Nullable<D, number>> =>
  define('int', textOf(value), options)

export const short = (value: number, options: Options = {}): Definition<number> =>
  define('short', String(value), options)

/** Parsed values are numbers; beyond 2^53 (Long.MAX_VALUE means "never") only the text is exact. */
export const long = <D extends number | bigint | null>(
  value: D,
  options: Options = {},
): Definition<Nullable<D, number>> => define('long', textOf(value), options)

/** The default as Java prints a double. */
export const double = (value: string, options: Options = {}): Definition<number> => define('double', value, options)

export const list = <D extends string | null>(
  value: D,
  options: Options = {},
): Definition<Nullable<D, readonly string[]>> => define('list', value, options)

/** Like `list`, for a key that Apache requires: never null once the broker runs. */
export const requiredList = (options: Options): Definition<readonly string[]> =>
  define('list', null, { ...options, required: true })

export const requiredInt = (options: Options): Definition<number> => define('int', null, { ...options, required: true })

export const className = (value: string | null, options: Options = {}): Definition<string | null> =>
  define('class', value, options)

export const password = (options: Options = {}): Definition<string | null> => define('password', null, options)

export const oneOf = (...values: string[]): Validator => ({ kind: 'enum', values })
export const oneOfIgnoringCase = (...values: string[]): Validator => ({ kind: 'enum-ignore-case', values })

export const anyList = (emptyAllowed: boolean, nullAllowed = false): Validator => ({
  kind: 'list',
  emptyAllowed,
  nullAllowed,
})

export const listOf = (emptyAllowed: boolean, ...values: string[]): Validator => ({
  kind: 'list',
  emptyAllowed,
  nullAllowed: false,
  values,
})

export const custom = (text: string, check: (value: unknown) => string | null): Validator => ({
  kind: 'custom',
  text,
  check,
})

/** Long.MAX_VALUE, Kafka's "never" and "no limit". */
export const LONG_MAX = 9223372036854775807n
export const INT_MAX = 2147483647
/** The longest array of Java's, which bounds what Kafka inflates. */
export const MAX_DECOMPRESSED_BYTES = INT_MAX - 8
