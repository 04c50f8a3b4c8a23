/** Filters of records. The broker looks for bytes; predicates in JavaScript run in the browser of the person who wrote them. */
import type { FoundRecord } from './fetch.ts'
import { rowOf } from './record-row.ts'

export interface RecordFilter {
  /** Text that the key has in it. */
  readonly key?: string
  /** Text that the key, the value or a header has in it. */
  readonly contains?: string
}

/** Records of Kafka's own topics are decoded, and the text of what they say is looked through as well. */
export function matcherOf(topic: string, { key, contains }: RecordFilter): ((found: FoundRecord) => boolean) | null {
  const inKey = key ? Buffer.from(key) : null
  const inAny = contains ? Buffer.from(contains) : null
  if (inKey === null && inAny === null) return null
  const isInternal = topic.startsWith('__')
  return (found) => {
    const { record } = found
    const said = isInternal ? rowOf(topic, found, 0).decoded : null
    const has = (bytes: Buffer | null, wanted: Buffer) => bytes?.includes(wanted) ?? false
    const keyMatches =
      inKey === null || has(record.key, inKey) || (said !== null && JSON.stringify(said.key).includes(key ?? ''))
    if (!keyMatches || inAny === null) return keyMatches
    return (
      has(record.key, inAny) ||
      has(record.value, inAny) ||
      record.headers.some((header) => header.key.includes(contains ?? '') || has(header.value, inAny)) ||
      (said !== null && JSON.stringify(said).includes(contains ?? ''))
    )
  }
}
