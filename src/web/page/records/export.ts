/** Records as JSON lines, in the form in which they can be imported again. Text that is none is base64. */
import { isUtf8 } from 'node:buffer'
import type { BrokerCalls } from '../broker-calls.ts'
import { EARLIEST, LATEST, offsetAt, offsetsOf } from '../offsets.ts'
import { type FoundRecord, fetchRecords } from './fetch.ts'
import { matcherOf } from './filter.ts'
import type { TailOptions } from './tail.ts'

/**
 * All records that there are when it begins, partition by partition. Control records are left out. Fails where a partition
 * cannot be read on: a part of a topic does not look like the whole of it.
 */
export async function* exportRecords(calls: BrokerCalls, options: TailOptions): AsyncGenerator<string> {
  const { topic, partitions, committedOnly } = options
  const wanted = [{ name: topic, partitions }]
  const [start, end] = await Promise.all([offsetsOf(calls, wanted, EARLIEST), offsetsOf(calls, wanted, LATEST)])
  const matches = matcherOf(topic, options)
  for (const partition of partitions) {
    const last = offsetAt(end, topic, partition).offset
    let at = Math.max(0, offsetAt(start, topic, partition).offset)
    while (at < last) {
      const [fetched] = await fetchRecords(calls, { topic, from: new Map([[partition, at]]), committedOnly })
      if (fetched === undefined || fetched.problem !== null) {
        throw new Error(`${topic}-${partition} could not be read on at ${at}: ${fetched?.problem ?? 'no answer'}`)
      }
      // The rest is of transactions that are open.
      if (fetched.next <= at) break
      const lines = fetched.records
        .filter((each) => each.kind !== 'control' && Number(each.record.offset) < last)
        .filter((each) => matches === null || matches(each))
        .map((each) => `${JSON.stringify(lineOf(each))}\n`)
      if (lines.length > 0) yield lines.join('')
      at = fetched.next
    }
  }
}

function lineOf({ partition, record }: FoundRecord) {
  const { offset, timestamp, key, value, headers } = record
  return {
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    ...said('key', key),
    ...said('value', value),
    headers: headers.map((header) => {
      const { value, valueEncoding } = said('value', header.value)
      return { key: header.key, value, encoding: valueEncoding }
    }),
  }
}

function said(name: 'key' | 'value', bytes: Buffer | null): Record<string, string | null> {
  if (bytes === null) return { [name]: null }
  if (isUtf8(bytes)) return { [name]: bytes.toString('utf8') }
  return { [name]: bytes.toString('base64'), [`${name}Encoding`]: 'base64' }
}
