/** Quantities for a person: sizes, counts, rates, times. */

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** In steps of 1024, with as many digits as one reads. */
export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < SIZES.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${SIZES[unit]}`
}

/** `1,234,567` as `1.2M`; below ten thousand the digits themselves. */
export function countText(count: number): string {
  if (count < 10_000) return String(Math.round(count * 10) / 10)
  if (count < 1_000_000) return `${(count / 1_000).toFixed(1)}k`
  return count < 1_000_000_000 ? `${(count / 1_000_000).toFixed(1)}M` : `${(count / 1_000_000_000).toFixed(1)}G`
}

/** ISO 8601 in UTC; a dash for none. */
export const timeText = (ms: number): string => (ms < 0 || !isDate(ms) ? '-' : new Date(ms).toISOString())

const MAX_DATE_MS = 8.64e15
const isDate = (ms: number): boolean => Math.abs(ms) <= MAX_DATE_MS

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
