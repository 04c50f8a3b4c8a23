import { ControlRecordType, controlTypeOf, decodeEndTxnMarker } from '../../../protocol/records/control.ts'
import { RecordCursor } from '../../../protocol/records/cursor.ts'
import { openRecords } from '../../../protocol/records/decode.ts'
import { CorruptRecordError } from '../../../protocol/records/errors.ts'

/** The end of a transaction, as its coordinator wrote it into the log. */
export interface EndTransactionMarker {
  type: 'commit' | 'abort'
  coordinatorEpoch: number
}

const cursor = new RecordCursor()

/**
 * The marker in a control batch: null when compaction has emptied the batch, or when it holds a control record of
 * another kind (a raft leader's).
 */
export function endTransactionMarker(buffer: Buffer, position: number): EndTransactionMarker | null {
  const records = openRecords(cursor, buffer, position)
  if (!records.next()) return null
  const type = controlTypeOf(records.key())
  if (type !== ControlRecordType.ABORT && type !== ControlRecordType.COMMIT) return null
  const value = records.value()
  if (value === null) throw new CorruptRecordError('A transaction marker has no coordinator epoch')
  const { coordinatorEpoch } = decodeEndTxnMarker(value)
  return { type: type === ControlRecordType.COMMIT ? 'commit' : 'abort', coordinatorEpoch }
}
