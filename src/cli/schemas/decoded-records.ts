/** Records whose keys or values are read by their schemas, as `--value schema` asks for. */
import type { ConsumedRecord } from '../../client/consumer/fetched-records.ts'
import { RecordDecoder } from '../../registry/decoding/record-decoder.ts'
import { UsageError } from '../cluster/context.ts'
import type { Encodings } from '../records/shown.ts'
import { RegistryClient, type RegistryOptions } from './registry-client.ts'

/** Resolves to the record with JSON in place of the bytes that a schema reads. */
export type ReadBySchema = (record: ConsumedRecord) => Promise<ConsumedRecord>

/** Bytes without a schema stay as they are; those that are not as their schema says are an error of the person's. */
export function readingBySchema({ key, value }: Encodings, options: RegistryOptions): ReadBySchema {
  const client = new RegistryClient(options)
  const decoder = new RecordDecoder((schema) => client.wholeSchema(schema))
  const read = async (record: ConsumedRecord, part: 'key' | 'value'): Promise<Buffer | null> => {
    const bytes = record[part]
    if (bytes === null) return null
    try {
      const decoded = await decoder.decode(part, bytes, record.headers)
      return decoded === null ? bytes : Buffer.from(JSON.stringify(decoded.value))
    } catch (error) {
      const { topic, partition, offset } = record
      throw new UsageError(`${topic}-${partition} at offset ${offset}: ${(error as Error).message}`)
    }
  }
  return async (record) => ({
    ...record,
    ...(key === 'schema' ? { key: await read(record, 'key') } : {}),
    ...(value === 'schema' ? { value: await read(record, 'value') } : {}),
  })
}
