import t from 'tap'
import {
  buildEndTxnMarker,
  buildQuorumBatch,
  ControlRecordType,
  controlTypeName,
  controlTypeOf,
  decodeEndTxnMarker,
  decodeQuorumRecord,
  type QuorumRecordName,
  quorumRecord,
} from '../../../protocol/records/control.ts'
import { decodeBatch } from '../../../protocol/records/decode.ts'
import { InvalidRecordError } from '../../../protocol/records/errors.ts'
import { facts } from '../../support/facts.ts'

const vectors: { name: string; hex: string }[] = facts('vectors', 'RecordBatches.json')
const bytesOf = (name: string): Buffer => Buffer.from(vectors.find((vector) => vector.name === name)!.hex, 'hex')

t.test('types and names are those of Kafka', (t) => {
  t.strictSame({ ...ControlRecordType }, facts('record-format.json').controlRecords.types)
  t.equal(controlTypeName(ControlRecordType.KRAFT_VOTERS), 'KRAFT_VOTERS')
  t.equal(controlTypeOf(Buffer.from('00000063', 'hex')), ControlRecordType.UNKNOWN, 'of a later version')
  t.equal(controlTypeOf(Buffer.from('00070001', 'hex')), ControlRecordType.COMMIT, 'a later version of the key')
  for (const key of [null, Buffer.from('000000', 'hex'), Buffer.from('ffff0001', 'hex')]) {
    t.throws(() => controlTypeOf(key), InvalidRecordError)
  }
  t.end()
})

t.test("the end of a transaction is written in Kafka's bytes", (t) => {
  for (const name of ['control-commit', 'control-abort']) {
    const bytes = bytesOf(name)
    const { records, baseOffset, producerId, producerEpoch, leaderEpoch } = decodeBatch(bytes, 0)
    const type = controlTypeOf(records[0].key) as 0 | 1
    const { coordinatorEpoch } = decodeEndTxnMarker(records[0].value!)
    const timestampMs = records[0].timestamp
    const built = buildEndTxnMarker({
      type,
      coordinatorEpoch,
      producerId,
      producerEpoch,
      timestampMs,
      baseOffset,
      leaderEpoch,
    })
    t.equal(built.toString('hex'), bytes.toString('hex'), name)
  }
  t.end()
})

t.test("the quorum's records are written in Kafka's bytes", (t) => {
  const names: Record<string, QuorumRecordName> = {
    'control-leader-change': 'LEADER_CHANGE',
    'control-snapshot-header': 'SNAPSHOT_HEADER',
    'control-snapshot-footer': 'SNAPSHOT_FOOTER',
    'control-kraft-version': 'KRAFT_VERSION',
    'control-voters': 'KRAFT_VOTERS',
  }
  for (const [vector, name] of Object.entries(names)) {
    const bytes = bytesOf(vector)
    const { records, baseOffset, leaderEpoch } = decodeBatch(bytes, 0)
    const [{ key, value, timestamp: timestampMs }] = records
    t.equal(controlTypeName(controlTypeOf(key)), name)
    const record = quorumRecord(name, decodeQuorumRecord(name, value!))
    const built = buildQuorumBatch({ baseOffset, timestampMs, leaderEpoch }, [record])
    t.equal(built.toString('hex'), bytes.toString('hex'), vector)
  }
  t.end()
})
