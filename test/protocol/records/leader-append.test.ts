import fc from 'fast-check'
import t from 'tap'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { isControlBatch, sizeInBytes, TimestampType, updateCrc } from '../../../protocol/records/batch.ts'
import { buildBatch, type RecordToWrite } from '../../../protocol/records/build.ts'
import { CompressionType } from '../../../protocol/records/compression.ts'
import { buildEndTxnMarker, ControlRecordType } from '../../../protocol/records/control.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import {
  assignOffsets,
  checkProduceRecords,
  RecordValidationError,
  type ValidationOptions,
  validateLeaderAppend,
} from '../../../protocol/records/leader-append.ts'
import { facts } from '../../support/facts.ts'
import { repetitions } from '../../support/repetitions.ts'

const NOW_MS = 1_700_000_000_000
const OPTIONS: ValidationOptions = {
  origin: 'client',
  topicPartition: 'orders-3',
  compression: 'producer',
  compacted: false,
  timestampType: TimestampType.CREATE_TIME,
  timestampBeforeMaxMs: Infinity,
  timestampAfterMaxMs: Infinity,
  nowMs: NOW_MS,
  maxMessageBytes: 1_048_588,
}

const record = (key: string | null, timestamp = NOW_MS): RecordToWrite => ({
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from('value'),
  timestamp,
})

function refusal(body: () => unknown): KafkaError {
  try {
    body()
  } catch (error) {
    if (error instanceof KafkaError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

t.test('zstd needs version 7 of Produce', (t) => {
  const records = buildBatch({ compression: CompressionType.ZSTD }, [record('k')])
  t.equal(refusal(() => checkProduceRecords(6, records)).code, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)
  checkProduceRecords(7, records)
  t.end()
})

t.test('every record that is refused is named', (t) => {
  const records = buildBatch({}, [record('a'), record(null), record('c'), record(null)])
  const error = refusal(() => validateLeaderAppend(records, { ...OPTIONS, compacted: true })) as RecordValidationError
  t.ok(error instanceof RecordValidationError)
  t.equal(error.code, ErrorCode.INVALID_RECORD)
  t.strictSame(
    error.recordErrors.map(({ batchIndex }) => batchIndex),
    [1, 3],
  )
  t.match(error.recordErrors[0].message, /without key in topic partition orders-3/)
  t.end()
})

t.test('one timestamp out of range makes it INVALID_TIMESTAMP', (t) => {
  const limits = { timestampBeforeMaxMs: 1000, timestampAfterMaxMs: 500, compacted: true }
  const within = [record('a', NOW_MS - 1000), record('b', NOW_MS + 500), record('c', -1)]
  t.ok(validateLeaderAppend(buildBatch({}, within), { ...OPTIONS, ...limits }))
  for (const timestamp of [NOW_MS - 1001, NOW_MS + 501]) {
    const records = buildBatch({}, [record(null), record('k', timestamp)])
    const error = refusal(() => validateLeaderAppend(records, { ...OPTIONS, ...limits })) as RecordValidationError
    t.equal(error.code, ErrorCode.INVALID_TIMESTAMP)
    t.equal(error.recordErrors.length, 2)
  }
  t.end()
})

t.test('a transaction marker is for coordinators alone to write', (t) => {
  const marker = (): Buffer =>
    buildEndTxnMarker({
      type: ControlRecordType.COMMIT,
      coordinatorEpoch: 1,
      producerId: 7,
      producerEpoch: 0,
      timestampMs: NOW_MS,
    })
  t.equal(refusal(() => validateLeaderAppend(marker(), OPTIONS)).code, ErrorCode.INVALID_RECORD)
  // A coordinator's batch stays as it is, whatever the topic's compression.
  const options: ValidationOptions = { ...OPTIONS, origin: 'coordinator', compression: CompressionType.GZIP }
  const validated = validateLeaderAppend(marker(), options)!
  t.equal(validated.rebuilt, false)
  t.ok(isControlBatch(validated.bytes, 0))
  t.end()
})

t.test('sizes are judged as sent and as rebuilt', (t) => {
  const compressed = buildBatch({ compression: CompressionType.GZIP }, [
    { key: null, value: Buffer.alloc(5000), timestamp: NOW_MS },
  ])
  const limit = sizeInBytes(compressed, 0)
  const options = { ...OPTIONS, maxMessageBytes: limit }
  t.ok(validateLeaderAppend(compressed, options))
  const tooLarge = (change: Partial<ValidationOptions>): number =>
    refusal(() => validateLeaderAppend(compressed, { ...options, ...change })).code
  t.equal(tooLarge({ maxMessageBytes: limit - 1 }), ErrorCode.MESSAGE_TOO_LARGE)
  t.equal(tooLarge({ compression: CompressionType.NONE }), ErrorCode.MESSAGE_TOO_LARGE)
  t.equal(tooLarge({ maxInflatedBytes: 5000 }), ErrorCode.MESSAGE_TOO_LARGE, 'records are larger than their values')
  t.end()
})

t.test('a record of a compressed batch is no longer than max.decompressed.message.bytes', (t) => {
  const body = 5007
  for (const compression of [CompressionType.GZIP, CompressionType.SNAPPY, CompressionType.LZ4, CompressionType.ZSTD]) {
    const records = (): Buffer =>
      buildBatch({ compression }, [record('k'), { key: null, value: Buffer.alloc(5000), timestamp: NOW_MS }])
    const judged = (change: Partial<ValidationOptions>) => {
      try {
        validateLeaderAppend(records(), { ...OPTIONS, ...change })
        return ErrorCode.NONE
      } catch (error) {
        return (error as { code: number }).code
      }
    }
    t.equal(judged({ maxRecordBytes: body }), ErrorCode.NONE)
    t.equal(judged({ maxRecordBytes: body - 1 }), ErrorCode.INVALID_RECORD)
    t.equal(judged({ maxRecordBytes: 1 }), ErrorCode.INVALID_RECORD, 'it is not even inflated')
    t.equal(judged({ maxRecordBytes: body - 1, compression: CompressionType.NONE }), ErrorCode.INVALID_RECORD)
    t.equal(judged({ maxRecordBytes: body, maxInflatedBytes: 5000 }), ErrorCode.MESSAGE_TOO_LARGE)
  }
  const plain = buildBatch({}, [{ key: null, value: Buffer.alloc(5000), timestamp: NOW_MS }])
  t.ok(validateLeaderAppend(plain, { ...OPTIONS, maxRecordBytes: 1 }), 'what is not compressed is as long as it is')
  t.end()
})

t.test('offsets are given when the batch is placed, not before', (t) => {
  const records = buildBatch({}, [record('a'), record('b'), record('c')])
  const validated = validateLeaderAppend(records, { ...OPTIONS, timestampType: TimestampType.LOG_APPEND_TIME })!
  t.equal(validated.recordsCount, 3)
  const placed = assignOffsets(validated, { nextOffset: 40, leaderEpoch: 2, nowMs: NOW_MS + 5 })
  t.strictSame(placed, { firstOffset: 40, lastOffset: 42, logAppendTimeMs: NOW_MS + 5 })
  t.equal(validated.maxTimestampMs, NOW_MS + 5)
  const [decoded] = decodeBatches(validated.bytes)
  t.match(decoded, { baseOffset: 40n, lastOffset: 42n, leaderEpoch: 2, timestampType: 'LogAppendTime' })
  t.end()
})

t.test('an inflater that finds too much rejects, and one that is not worth it is not asked', async (t) => {
  const records = buildBatch({ compression: CompressionType.SNAPPY }, [record('k')])
  const asked: number[] = []
  const inflater = {
    worthIt: (bytes: number) => {
      asked.push(bytes)
      return false
    },
    decompress: () => Promise.reject(new Error('not to be called')),
  }
  t.ok(validateLeaderAppend(records, OPTIONS, inflater))
  t.equal(asked.length, 1)
  const tooLarge = new KafkaError(ErrorCode.MESSAGE_TOO_LARGE)
  const full = { worthIt: () => true, decompress: () => Promise.reject(tooLarge) }
  await t.rejects(Promise.resolve(validateLeaderAppend(records, OPTIONS, full)), tooLarge)
})

t.test('whatever the bytes are, the answer is a verdict', (t) => {
  const vectors: { hex: string }[] = facts('vectors', 'RecordBatches.json')
  const seeds = vectors.map(({ hex }) => Buffer.from(hex, 'hex')).filter(({ length }) => length > 60 && length < 3000)
  const mutation = fc.record({
    seed: fc.nat(seeds.length - 1),
    changes: fc.array(fc.tuple(fc.nat(2999), fc.nat(255)), { minLength: 1, maxLength: 4 }),
    cut: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(40) }),
    target: fc.constantFrom('producer' as const, CompressionType.NONE, CompressionType.GZIP),
  })
  let accepted = 0
  fc.assert(
    fc.property(mutation, ({ seed, changes, cut, target }) => {
      const bytes = Buffer.from(seeds[seed].subarray(0, seeds[seed].length - cut))
      bytes.fill(0, 0, 8)
      // Mostly behind the magic byte, so that the body is reached.
      for (const [at, value] of changes) bytes[(17 + at) % bytes.length] = value
      if (sizeInBytes(bytes, 0) === bytes.length) updateCrc(bytes, 0)
      try {
        const options = { ...OPTIONS, compression: target, maxInflatedBytes: 1 << 20 }
        if (validateLeaderAppend(bytes, options) !== null) accepted++
        decodeBatches(bytes, { maxBytes: 1 << 20 })
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
      }
    }),
    { numRuns: repetitions(5000) },
  )
  t.ok(accepted > repetitions(100), `${accepted} were good`)
  t.end()
})
