import type { EncodedRecord } from '../runtime/shard.ts'

/** How records of one kind stand in `__consumer_offsets`. */
export interface RecordFormat<Record> {
  encode(record: Record): EncodedRecord
  /** Null when records of this type (the number at the beginning of the key) are somebody else's. */
  decode(type: number, key: Buffer, value: Buffer | null): Record | null
}
