/**
 * Arguments of a test are held against what there is. TypeScript refuses most mistakes; a test in plain JavaScript, or one whose
 * types have been erased, gets a sentence. A misspelt field that is passed over would make a rule match everything.
 */
import { nearestName } from '../config/index.ts'

/** The values that a field takes: `words` go on after "… is", as in "a text". */
export interface Wanted {
  readonly words: string
  holds(value: unknown): boolean
}

const isFunction = (value: unknown): boolean => typeof value === 'function'
const isDuration = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < 2 ** 31

export const TEXT: Wanted = { words: 'a text', holds: (value) => typeof value === 'string' }
export const TEXTS: Wanted = {
  words: 'a list of texts',
  holds: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
}
export const FUNCTION: Wanted = { words: 'a function', holds: isFunction }
export const BOOLEAN: Wanted = { words: 'true or false', holds: (value) => typeof value === 'boolean' }
export const OBJECT: Wanted = { words: 'an object', holds: (value) => isObject(value) }
export const MILLISECONDS: Wanted = { words: 'a number of milliseconds, 0 or more', holds: isDuration }
export const MILLISECONDS_OR_FUNCTION: Wanted = {
  words: 'a number of milliseconds, 0 or more, or a function of the request that gives one',
  holds: (value) => isDuration(value) || isFunction(value),
}

export const wholeFrom = (least: number): Wanted => ({
  words: `a whole number, ${least} or more`,
  holds: (value) => Number.isSafeInteger(value) && (value as number) >= least,
})

export const oneOf = (...values: readonly string[]): Wanted => ({
  words: values.map((value) => `'${value}'`).join(' or '),
  holds: (value) => values.includes(value as string),
})

/** The fields of an object, all of which may be absent. */
export type WantedFields = Readonly<Record<string, Wanted>>

/** Throws a `TypeError` unless `value` is as wanted; `name` is what the caller wrote, as in "`times` of a rule". */
export function check(name: string, value: unknown, wanted: Wanted): void {
  if (!wanted.holds(value)) throw new TypeError(`${name} is ${wanted.words}, not ${shown(value)}.`)
}

/** Throws a `TypeError` for a field that is not there, or is of another kind; `owner`, as in "A match". */
export function checkFields(owner: string, given: unknown, wanted: WantedFields): void {
  if (!isObject(given)) throw new TypeError(`${owner} is an object of ${list(wanted)}, not ${shown(given)}.`)
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(wanted, name) ? wanted[name] : undefined
    if (field === undefined) {
      const nearest = nearestName(name, Object.keys(wanted))
      const hint = nearest === null ? `: it has ${list(wanted)}.` : `; did you mean \`${nearest}\`?`
      throw new TypeError(`${owner} has no \`${name}\`${hint}`)
    }
    if (value !== undefined) check(`\`${name}\``, value, field)
  }
}

/** `; did you mean X?`, or an end. */
export function hintAt(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known)
  return nearest === null ? '.' : `; did you mean ${nearest}?`
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RegExp)

const list = (wanted: WantedFields): string =>
  Object.keys(wanted)
    .map((name) => `\`${name}\``)
    .join(', ')

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof RegExp) return String(value)
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
