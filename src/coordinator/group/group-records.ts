/** The records of `__consumer_offsets`: committed offsets, and those of each kind of group. A null value is a tombstone. */
import { recordKeyType } from '../../../protocol/record-serde.ts'
import type { EncodedRecord } from '../runtime/shard.ts'
import { GROUP_KINDS } from './group-kinds.ts'
import type { GroupRecord } from './group-words.ts'
import { OFFSET_RECORDS } from './offsets/offset-records.ts'
import type { RecordFormat } from './record-format.ts'

export function encodeGroupRecord(record: GroupRecord): EncodedRecord {
  const format: RecordFormat<GroupRecord> = record.kind === 'offset' ? OFFSET_RECORDS : GROUP_KINDS[record.kind].format
  return format.encode(record)
}

const FORMATS: readonly RecordFormat<GroupRecord>[] = [
  OFFSET_RECORDS,
  ...Object.values(GROUP_KINDS).map(({ format }) => format),
]

/** Null for a record type of a later Kafka, which stays in the log untouched. */
export function decodeGroupRecord(key: Buffer, value: Buffer | null): GroupRecord | null {
  const type = recordKeyType(key)
  for (const format of FORMATS) {
    const record = format.decode(type, key, value)
    if (record !== null) return record
  }
  return null
}
