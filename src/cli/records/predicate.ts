/** `--where`: an expression of JavaScript about a record, which is the user's own and runs with the user's rights. */
import type { ConsumedRecord } from '../../client/consumer/fetched-records.ts'
import { InvalidValue } from '../definition/command.ts'
import { parseJson } from './shown.ts'

export type Predicate = (record: ConsumedRecord) => boolean

const NAMES = ['$', 'value', 'key', 'headers', 'topic', 'partition', 'offset', 'timestamp'] as const

/**
 * `$` and `value` are the value, as JSON where it is JSON, so that `$.total > 100` is a path and a comparison. A path that
 * leads nowhere is no match. Throws `InvalidValue` for what is no expression.
 */
export function parsePredicate(text: string): Predicate {
  let judge: (...values: unknown[]) => unknown
  try {
    judge = new Function(...NAMES, `'use strict'; return (${text}\n)`) as typeof judge
  } catch (error) {
    throw new InvalidValue(`It is no expression of JavaScript: ${(error as Error).message}.`)
  }
  return ({ key, value, headers, topic, partition, offset, timestampMs }) => {
    const content = readable(value)
    const named = Object.fromEntries(headers.map((header) => [header.key, header.value?.toString() ?? null]))
    try {
      return Boolean(judge(content, content, readable(key), named, topic, partition, offset, timestampMs))
    } catch (error) {
      if (error instanceof TypeError) return false
      throw error
    }
  }
}

const readable = (bytes: Buffer | null): unknown => (bytes === null ? null : (parseJson(bytes) ?? bytes.toString()))
