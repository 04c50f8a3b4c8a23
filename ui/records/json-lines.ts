/** Records as JSON lines: out of what is shown, and in from a file. */
import type { RecordRow } from '../../src/web/page/model.ts'
import { path, post } from '../lib/api.ts'
import { bytesOf } from './bytes.ts'

const strict = new TextDecoder('utf-8', { fatal: true })

function said(name: 'key' | 'value', base64: string | null): Record<string, string | null> {
  if (base64 === null) return { [name]: null }
  try {
    return { [name]: strict.decode(bytesOf(base64)) }
  } catch {
    return { [name]: base64, [`${name}Encoding`]: 'base64' }
  }
}

/** A record in the form in which it can be produced again. */
export function lineOf({ partition, offset, timestamp, key, value, headers }: RecordRow) {
  return {
    partition,
    offset,
    timestamp,
    ...said('key', key),
    ...said('value', value),
    headers: headers.map((header) => {
      const { value, valueEncoding } = said('value', header.value)
      return { key: header.key, value, ...(valueEncoding ? { encoding: valueEncoding } : {}) }
    }),
  }
}

const LOT = 500

/** Produces the records of a file. Each line is an object as it was exported, or any other line: then it is the value. */
export async function importLines(
  topic: string,
  text: string,
  told: (done: number, all: number) => void,
): Promise<number> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  for (let at = 0; at < lines.length; at += LOT) {
    const records = lines.slice(at, at + LOT).map((line, index) => recordOf(line, at + index + 1))
    await post(`/records${path(topic)}`, { records })
    told(Math.min(at + LOT, lines.length), lines.length)
  }
  return lines.length
}

function recordOf(line: string, number: number): object {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new Error(`Line ${number} is not JSON.`)
  }
  const isRecord = typeof value === 'object' && value !== null && ('value' in value || 'key' in value)
  if (!isRecord) return { value: line }
  const { offset: _, ...record } = value as Record<string, unknown>
  return { ...record, ...asText(record, 'key'), ...asText(record, 'value') }
}

/** A value that is JSON itself is written as its text. */
function asText(record: Record<string, unknown>, name: 'key' | 'value'): Record<string, unknown> {
  const value = record[name]
  return value === undefined || value === null || typeof value === 'string' ? {} : { [name]: JSON.stringify(value) }
}

export function download(name: string, lines: readonly object[]): void {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const url = URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' }))
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = name
  anchor.click()
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}
