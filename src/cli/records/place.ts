/** Places in partitions, as people say them: `beginning`, `end`, an offset, a time, how long ago, how many from the end. */
import { InvalidValue } from '../definition/command.ts'

export type Place =
  | { readonly kind: 'beginning' | 'end' }
  | { readonly kind: 'offset'; readonly offset: number }
  /** The newest so many of each partition. */
  | { readonly kind: 'last'; readonly count: number }
  | { readonly kind: 'time'; readonly ms: number }
  /** Before now. */
  | { readonly kind: 'ago'; readonly ms: number }

export const PLACE_HELP =
  'beginning, end, an offset, -10 (the last ten), -1h, 2026-01-31, 2026-01-31T12:00, @MILLISECONDS'

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/

/** Throws `InvalidValue`. A time without a zone is the machine's. */
export function parsePlace(text: string): Place {
  if (text === 'beginning' || text === 'earliest' || text === 'start') return { kind: 'beginning' }
  if (text === 'end' || text === 'latest') return { kind: 'end' }
  if (/^\d+$/.test(text)) return { kind: 'offset', offset: safe(text) }
  if (/^-\d+$/.test(text)) return { kind: 'last', count: safe(text.slice(1)) }
  if (/^@\d+$/.test(text)) return { kind: 'time', ms: safe(text.slice(1)) }
  if (text.startsWith('-')) return { kind: 'ago', ms: parseDuration(text.slice(1)) }
  if (DATE.test(text)) {
    const ms = Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T'))
    if (!Number.isNaN(ms)) return { kind: 'time', ms }
  }
  throw new InvalidValue(`Expected ${PLACE_HELP}.`)
}

/** `90s`, `1h30m`: milliseconds. Throws `InvalidValue`. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)]
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) {
    throw new InvalidValue('Expected a time such as 500ms, 90s, 5m, 1h30m, 2d.')
  }
  return Math.round(parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0), 0))
}

function safe(digits: string): number {
  const value = Number(digits)
  if (!Number.isSafeInteger(value)) throw new InvalidValue('The number is too large.')
  return value
}
