/** Numbers, sizes and times as people read them. Digits are grouped; units are those of the eye, not of a protocol. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const DASH = '–'

export const count = (number: number): string => (number < 0 ? DASH : whole.format(number))

export const compact = (number: number): string =>
  number < 0 ? DASH : number < 10_000 ? whole.format(number) : short.format(number)

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

export function bytes(number: number): string {
  if (number < 0) return DASH
  let value = number
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

export function rate(number: number): string {
  if (number === 0) return '0'
  return number < 10 ? number.toFixed(1) : compact(Math.round(number))
}

const STEPS: readonly [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
]

/** `7 d`, `12 h`, `5 min`: the largest unit in which it is at least one. */
export function duration(ms: number): string {
  if (ms < 0) return DASH
  for (const [size, unit] of STEPS) {
    if (ms >= size) {
      const value = ms / size
      return `${Number.isInteger(value) || value >= 10 ? Math.round(value) : value.toFixed(1)} ${unit}`
    }
  }
  return `${Math.round(ms)} ms`
}

export const ago = (ms: number): string => (ms < 0 ? DASH : `${duration(Math.max(0, Date.now() - ms))} ago`)

const two = (number: number): string => String(number).padStart(2, '0')

/** Local date and time with milliseconds, as it is sorted. */
export function time(ms: number): string {
  if (ms < 0) return DASH
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return String(ms)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${clockTime(date)}`
}

const clockTime = (date: Date): string =>
  `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`

/** Today only the time of day. */
export function shortTime(ms: number): string {
  if (ms < 0) return DASH
  const date = new Date(ms)
  const isToday = new Date().toDateString() === date.toDateString()
  return isToday ? clockTime(date) : time(ms).slice(0, 19)
}

export const plural = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`

const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Characters that turn the direction of the text around them would make it read as another one: their codes are shown. */
export const undirected = (text: string): string =>
  text.replace(DIRECTIONS, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Numbers with their runs drawn together: `0–5, 8`. */
export function ranges(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b)
  const parts: string[] = []
  for (let at = 0; at < sorted.length; ) {
    let end = at
    while (sorted[end + 1] === sorted[end]! + 1) end++
    parts.push(end === at ? `${sorted[at]}` : `${sorted[at]}–${sorted[end]}`)
    at = end + 1
  }
  return parts.join(', ')
}

/** Partitions of topics: `orders 0–5; payments 1`. */
export const placesText = (
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): string => topics.map(({ topic, partitions }) => `${topic} ${ranges(partitions)}`).join('; ')

/** A directory in memory says that its disk has no end; -1: nobody knows. */
export const isOnDisk = (totalBytes: number): boolean => totalBytes > 0 && totalBytes < Number.MAX_SAFE_INTEGER

/** A configured number in units of the eye, by the unit at the end of its key; null: it says enough by itself. */
export function inUnits(key: string, value: string | null): string | null {
  const number = Number(value)
  if (value === null || value === '' || !(number >= 1000)) return null
  if (number >= 2 ** 53) return 'no limit'
  if (key.endsWith('.ms')) return duration(number)
  return key.endsWith('.bytes') ? bytes(number) : null
}
