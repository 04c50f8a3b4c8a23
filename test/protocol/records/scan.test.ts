import fc from 'fast-check'
import t from 'tap'
import { baseTimestamp, RECORD_BATCH_OVERHEAD, recordsCount } from '../../../protocol/records/batch.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { type CursorMode, RecordCursor } from '../../../protocol/records/cursor.ts'
import type { RecordScan } from '../../../protocol/records/scan.ts'
import { repetitions } from '../../support/repetitions.ts'

const START_MS = 1_700_000_000_000
const MODES: readonly CursorMode[] = ['plain', 'inflated', 'skipping']

const bytes = fc
  .oneof(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 20_000 }))
  .map((b) => Buffer.from(b))
const common = fc.record({
  key: fc.option(bytes, { nil: null }),
  value: fc.option(bytes, { nil: null }),
  timestamp: fc.integer({ min: START_MS, max: START_MS + 8_000 }),
})
const records = fc.array(common, { minLength: 1, maxLength: 90 })

const cursorOn = (batch: Buffer, mode: CursorMode = 'plain'): RecordCursor =>
  new RecordCursor().reset(batch, RECORD_BATCH_OVERHEAD, batch.length, recordsCount(batch, 0), mode)

/** The same, told from one record at a time. Throws where the records are refused. */
function readOneByOne(cursor: RecordCursor): RecordScan {
  const found = { minTimestampDelta: Infinity, maxTimestampDelta: -Infinity, hasNullKey: false, consecutive: true }
  for (let index = 0; cursor.next(); index++) {
    found.minTimestampDelta = Math.min(found.minTimestampDelta, cursor.timestampDelta)
    found.maxTimestampDelta = Math.max(found.maxTimestampDelta, cursor.timestampDelta)
    if (cursor.keyLength < 0) found.hasNullKey = true
    if (cursor.offsetDelta !== index) found.consecutive = false
  }
  return found
}

t.test('records of the common form are all told at once', (t) => {
  fc.assert(
    fc.property(records, (records) => {
      const batch = buildBatch({}, records)
      const scan = cursorOn(batch).scan()!
      t.strictSame(scan, readOneByOne(cursorOn(batch)))
      const times = records.map(({ timestamp }) => timestamp)
      t.equal(Number(baseTimestamp(batch, 0)) + scan.maxTimestampDelta, Math.max(...times))
      t.equal(Number(baseTimestamp(batch, 0)) + scan.minTimestampDelta, Math.min(...times))
      t.equal(
        scan.hasNullKey,
        records.some(({ key }) => key === null),
      )
    }),
    { numRuns: 100 },
  )
  t.end()
})

t.test('what the scan accepts, the cursor accepts, and tells the same of it', (t) => {
  const changes = fc.array(fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) }), { minLength: 1, maxLength: 3 })
  const few = fc.array(fc.oneof(common, fc.constant({ key: null, value: null, timestamp: START_MS })), {
    minLength: 1,
    maxLength: 4,
  })
  let accepted = 0
  fc.assert(
    fc.property(few, changes, fc.integer({ min: -2, max: 2 }), (records, changes, countChange) => {
      const batch = buildBatch({}, records)
      for (const { at, to } of changes) {
        batch[RECORD_BATCH_OVERHEAD + (at % (batch.length - RECORD_BATCH_OVERHEAD))] = to
      }
      const count = Math.max(0, records.length + countChange * Number(changes.length === 3))
      const cursor = new RecordCursor()
      const at = (mode: CursorMode) => cursor.reset(batch, RECORD_BATCH_OVERHEAD, batch.length, count, mode)
      const scan = at('plain').scan()
      if (scan === null) return
      accepted++
      for (const mode of MODES) t.strictSame(readOneByOne(at(mode)), scan, mode)
    }),
    { numRuns: repetitions(3_000) },
  )
  t.ok(accepted > repetitions(100), `${accepted} of the changed batches were accepted`)
  t.end()
})

t.test('what is not common is left to the cursor', (t) => {
  const value = Buffer.from('v')
  const plain = { key: null, value, timestamp: START_MS }
  const uncommon = [
    { ...plain, headers: [{ key: 'h', value: null }] },
    { ...plain, value: Buffer.alloc(20_000) },
    { ...plain, timestamp: START_MS + 10_000 },
  ]
  for (const record of uncommon) t.equal(cursorOn(buildBatch({}, [plain, record])).scan(), null)
  const cursor = cursorOn(buildBatch({}, [plain]))
  t.not(cursor.scan(), null)
  t.equal(cursor.next(), true, 'the cursor stands where it stood')
  const failure = new Error('the stream breaks off')
  t.equal(cursor.reset(Buffer.alloc(0), 0, 0, 0, 'inflated', failure).scan(), null)
  t.end()
})
