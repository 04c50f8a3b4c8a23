/** Keys and values as a person or a program wants to see them. */
import { isUtf8 } from 'node:buffer'
import type { ConsumedRecord } from '../../client/consumer/fetched-records.ts'
import { printable } from '../print/style.ts'

/** `json` is the value itself where it is JSON, and its text where it is not. */
export const ENCODINGS = ['text', 'json', 'hex', 'base64'] as const
/** `schema`: as JSON, read by the schema that the bytes name before they come here. */
export const ENCODINGS_WITH_SCHEMA = [...ENCODINGS, 'schema'] as const
export type Encoding = (typeof ENCODINGS_WITH_SCHEMA)[number]

export interface Encodings {
  readonly key: Encoding
  readonly value: Encoding
}

/** On a terminal JSON is spread over lines, and control characters are spelt out. */
export function shownBytes(bytes: Buffer | null, encoding: Encoding, isTerminal: boolean): Buffer {
  if (bytes === null) return Buffer.alloc(0)
  switch (encoding) {
    case 'hex':
    case 'base64':
      return Buffer.from(bytes.toString(encoding))
    case 'schema':
    case 'json': {
      const parsed = parseJson(bytes)
      if (parsed !== undefined) return Buffer.from(JSON.stringify(parsed, null, isTerminal ? 2 : 0))
    }
  }
  return isTerminal ? Buffer.from(printable(bytes.toString())) : bytes
}

/** undefined: it is no JSON. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

/**
 * A record as a line of `--json`, which `samsa produce --input records` takes back. Bytes that are no text stand under
 * another name: `valueBase64` in place of `value`.
 */
export function recordJson(record: ConsumedRecord, { key, value }: Encodings): Record<string, unknown> {
  const { topic, partition, offset, timestampMs: timestamp } = record
  return {
    topic,
    partition,
    offset,
    timestamp,
    ...jsonField('key', record.key, key),
    ...jsonField('value', record.value, value),
    headers: record.headers.map((header) => ({ key: header.key, ...jsonField('value', header.value, 'text') })),
  }
}

function jsonField(name: string, bytes: Buffer | null, encoding: Encoding): Record<string, unknown> {
  if (bytes === null) return { [name]: null }
  if (encoding === 'json' || encoding === 'schema') {
    const parsed = parseJson(bytes)
    if (parsed !== undefined) return { [name]: parsed }
  }
  if (encoding === 'hex' || encoding === 'base64') return { [name]: bytes.toString(encoding) }
  return isUtf8(bytes) ? { [name]: bytes.toString() } : { [`${name}Base64`]: bytes.toString('base64') }
}
