/** The bytes of a key or a value, and what they may be read as. */
import { decode as decodeMessagePack } from '@msgpack/msgpack'

export type Reading = 'auto' | 'text' | 'json' | 'hex' | 'msgpack' | 'base64'
export const READINGS: readonly Reading[] = ['auto', 'text', 'json', 'msgpack', 'hex', 'base64']

export type Read =
  | { readonly as: 'null' }
  | { readonly as: 'text' | 'hex' | 'base64'; readonly text: string }
  | { readonly as: 'json' | 'msgpack'; readonly value: unknown }

export function bytesOf(base64: string): Uint8Array {
  const binary = atob(base64)
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}

const strict = new TextDecoder('utf-8', { fatal: true })
const lenient = new TextDecoder()

function textOf(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes)
  } catch {
    return null
  }
}

/** Text has no control characters but those of lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: They are looked for.
const CONTROL = /[\u0000-\u0008\u000e-\u001f]/

export function read(base64: string | null, reading: Reading): Read {
  if (base64 === null) return { as: 'null' }
  const bytes = bytesOf(base64)
  switch (reading) {
    case 'text':
      return { as: 'text', text: lenient.decode(bytes) }
    case 'base64':
      return { as: 'base64', text: base64 }
    case 'hex':
      return { as: 'hex', text: hexOf(bytes) }
    case 'json':
      return json(textOf(bytes)) ?? { as: 'text', text: lenient.decode(bytes) }
    case 'msgpack':
      return messagePack(bytes) ?? { as: 'hex', text: hexOf(bytes) }
    case 'auto': {
      const text = textOf(bytes)
      if (text !== null && !CONTROL.test(text)) return json(text) ?? { as: 'text', text }
      const unpacked = messagePack(bytes)
      if (unpacked !== null && typeof unpacked.value === 'object') return unpacked
      return number(bytes) ?? { as: 'hex', text: hexOf(bytes) }
    }
  }
}

/** Only objects and arrays: `5` and `"a"` are as good as text. */
function json(text: string | null): { as: 'json'; value: unknown } | null {
  if (text === null || !/^\s*[[{]/.test(text)) return null
  try {
    return { as: 'json', value: JSON.parse(text) }
  } catch {
    return null
  }
}

/** Bytes may claim lengths that they do not have, for which memory would be taken before that shows. */
const lengthsOf = (most: number) => ({
  maxArrayLength: most,
  maxMapLength: most,
  maxStrLength: most,
  maxBinLength: most,
  maxExtLength: most,
})

function messagePack(bytes: Uint8Array): { as: 'msgpack'; value: unknown } | null {
  try {
    return { as: 'msgpack', value: decodeMessagePack(bytes, { useBigInt64: true, ...lengthsOf(bytes.length) }) }
  } catch {
    return null
  }
}

/** Keys are often a whole number, as Java's serializers write it. */
function number(bytes: Uint8Array): Read | null {
  const view = new DataView(bytes.buffer)
  if (bytes.length === 4) return { as: 'text', text: String(view.getInt32(0)) }
  if (bytes.length === 8) return { as: 'text', text: String(view.getBigInt64(0)) }
  return null
}

/** Rows of 16 bytes: the place, the bytes, their letters. */
function hexOf(bytes: Uint8Array): string {
  const rows: string[] = []
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)]
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const letters = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('')
    rows.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${letters}`)
  }
  return rows.join('\n')
}

export const LINE_LETTERS = 240

/** One line of a key or a value, as lists show it. */
export function line(base64: string | null, reading: Reading): string {
  const found = read(base64 === null ? null : base64.slice(0, 1_024), 'auto')
  const whole = base64 !== null && base64.length > 1_024 && reading !== 'hex' ? partOf(base64) : found
  switch (whole.as) {
    case 'null':
      return 'null'
    case 'json':
    case 'msgpack':
      return stringify(whole.value).slice(0, LINE_LETTERS)
    case 'hex':
      return whole.text.slice(8, 55).trim()
    default:
      return whole.text.slice(0, LINE_LETTERS)
  }
}

/** The beginning of what is longer, as text: half of an object is no JSON. */
function partOf(base64: string): Read {
  const text = lenient.decode(bytesOf(base64.slice(0, 1_024)))
  return CONTROL.test(text) ? read(base64.slice(0, 1_024), 'hex') : { as: 'text', text }
}

/** The value as one line of JSON; a sentence in brackets for a value that is nested too deeply to be written. */
export function stringify(value: unknown): string {
  try {
    return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)) ?? String(value)
  } catch {
    return '(nested too deeply to be written in one line)'
  }
}
