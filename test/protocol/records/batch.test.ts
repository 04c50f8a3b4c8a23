import t from 'tap'
import * as batch from '../../../protocol/records/batch.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { decodeBatch, decodeBatches } from '../../../protocol/records/decode.ts'
import { CorruptRecordError, InvalidRecordError } from '../../../protocol/records/errors.ts'
import { unchecked } from '../../../protocol/unchecked.ts'
import { facts } from '../../support/facts.ts'

interface BatchVector {
  readonly name: string
  readonly hex: string
  readonly decoded: { readonly lastOffset: string }
}

const vectors = new Map<string, BatchVector>(
  (facts('vectors', 'RecordBatches.json') as BatchVector[]).map((vector) => [vector.name, vector]),
)
const bytesOf = (name: string): Buffer => Buffer.from(vectors.get(name)!.hex, 'hex')

t.test("the header's layout is Kafka's", (t) => {
  const { batchV2 } = facts('record-format.json')
  t.equal(batch.RECORD_BATCH_OVERHEAD, batchV2.headerSize)
  t.equal(batch.LOG_OVERHEAD, batchV2.logOverhead)
  for (const { name, offset } of batchV2.header) t.equal(batch.BATCH_HEADER.offsetOf(name), offset, name)
  t.end()
})

t.test('batches are walked without a copy, and a torn one at the end is not seen', (t) => {
  const one = bytesOf('leader-epoch-1')
  const torn = Buffer.concat([one, one, one.subarray(0, one.length - 1)])
  const positions: number[] = []
  for (let at = 0, next = 0; (next = batch.nextBatch(torn, at)) !== -1; at = next) positions.push(at)
  t.strictSame(positions, [0, one.length])
  t.equal(batch.nextBatch(torn, one.length, one.length * 2), one.length * 2)
  t.equal(batch.nextBatch(torn, one.length, one.length * 2 - 1), -1)
  t.end()
})

t.test('accessors work at any position', (t) => {
  const name = 'transactional-none'
  const bytes = Buffer.concat([Buffer.alloc(7, 0xff), bytesOf(name)])
  const [expected] = decodeBatches(bytesOf(name))
  t.match(expected, {
    baseOffset: BigInt(batch.baseOffset(bytes, 7)),
    lastOffset: BigInt(batch.lastOffset(bytes, 7)),
    sizeInBytes: batch.sizeInBytes(bytes, 7),
    crc: batch.crc(bytes, 7),
    leaderEpoch: batch.partitionLeaderEpoch(bytes, 7),
    baseTimestamp: BigInt(batch.baseTimestamp(bytes, 7)),
    maxTimestamp: BigInt(batch.maxTimestamp(bytes, 7)),
    producerId: BigInt(batch.producerId(bytes, 7)),
    producerEpoch: batch.producerEpoch(bytes, 7),
    baseSequence: batch.baseSequence(bytes, 7),
    lastSequence: batch.lastSequence(bytes, 7),
    isTransactional: batch.isTransactional(bytes, 7),
    isControl: batch.isControlBatch(bytes, 7),
    count: batch.recordsCount(bytes, 7),
  })
  batch.ensureValid(bytes, 7)
  t.end()
})

t.test('numbers beyond 2^53 are refused where they would be rounded, and kept where they are shown', (t) => {
  t.throws(() => batch.baseOffset(bytesOf('base-offset-9007199254740993'), 0), CorruptRecordError)
  t.equal(decodeBatch(bytesOf('base-offset-9007199254740993'), 0).baseOffset, 9007199254740993n)
  t.throws(() => batch.producerId(bytesOf('producer-max'), 0), InvalidRecordError)
  t.equal(batch.hasProducerId(bytesOf('producer-max'), 0), true)
  t.equal(batch.producerId(bytesOf('leader-epoch-1'), 0), batch.NO_PRODUCER_ID)
  t.end()
})

t.test('offset and leader epoch are set without touching the checksum', (t) => {
  const bytes = bytesOf('idempotent-lz4')
  const crc = batch.crc(bytes, 0)
  const delta = batch.lastOffsetDelta(bytes, 0)
  batch.setLastOffset(bytes, 0, 2 ** 40)
  batch.setPartitionLeaderEpoch(bytes, 0, 12)
  t.equal(batch.baseOffset(bytes, 0), 2 ** 40 - delta)
  t.equal(batch.partitionLeaderEpoch(bytes, 0), 12)
  t.equal(batch.crc(bytes, 0), crc)
  batch.ensureValid(bytes, 0)
  t.end()
})

t.test('a new timestamp brings a new checksum, in every magic that has one', (t) => {
  for (const name of ['magic2-none', 'magic1-none', 'magic1-gzip', 'magic2-zstd']) {
    const bytes = bytesOf(name)
    batch.setMaxTimestamp(bytes, 0, batch.TimestampType.LOG_APPEND_TIME, 1_800_000_000_000)
    batch.ensureValid(bytes, 0)
    const decoded = decodeBatch(bytes, 0)
    t.equal(decoded.timestampType, 'LogAppendTime', name)
    t.equal(decoded.maxTimestamp, 1_800_000_000_000n, name)
    for (const record of decoded.records) t.equal(record.timestamp, 1_800_000_000_000n, name)
  }
  t.throws(() => batch.setMaxTimestamp(bytesOf('magic0-none'), 0, batch.TimestampType.CREATE_TIME, 1))
  t.end()
})

t.test('sequences wrap from 2147483647 to 0', (t) => {
  const { decoded } = unchecked<{ decoded: { lastSequence: number } }>(vectors.get('sequence-wraps'))
  t.equal(batch.lastSequence(bytesOf('sequence-wraps'), 0), decoded.lastSequence)
  t.equal(batch.incrementSequence(2147483647, 1), 0)
  t.equal(batch.decrementSequence(0, 1), 2147483647)
  t.end()
})

t.test('a batch is refused by the builder where a number cannot be', (t) => {
  const record = { key: null, value: null }
  t.throws(() => buildBatch({}, [{ ...record, timestamp: -2 }]), RangeError)
  t.throws(() => buildBatch({ baseOffset: 5 }, [{ ...record, timestamp: 0, offset: 4 }]), RangeError)
  t.equal(buildBatch({}, []).length, 0)
  t.end()
})
