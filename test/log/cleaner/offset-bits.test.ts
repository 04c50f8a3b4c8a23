import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { appendAsGiven, openLog, readValues, temporaryDirectory } from '../../../proof/log/support.ts'
import { RECORD_BATCH_OVERHEAD, setBaseOffset, updateCrc } from '../../../protocol/records/batch.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { OffsetBits } from '../../../src/log/cleaner/offset-bits.ts'
import { clean } from './clean.ts'

const FROM = 2 ** 40 + 5
const OFFSETS = 200
const offset = fc.integer({ min: -10, max: OFFSETS + 10 }).map((n) => FROM + n)

t.test('it knows what a set knows, of the offsets that it has room for', async (t) => {
  fc.assert(
    fc.property(
      fc.array(offset),
      fc.constantFrom(0, 8, 1000),
      fc.array(fc.tuple(offset, offset)),
      (added, bytes, ranges) => {
        const bits = new OffsetBits(FROM, FROM + OFFSETS, bytes)
        const end = FROM + Math.min(bytes * 8, Math.ceil(OFFSETS / 32) * 32)
        const model = new Set(added.filter((one) => one >= FROM && one < end))
        for (const one of added) bits.add(one)
        for (const one of added) t.equal(bits.has(one), model.has(one))
        for (const [first, last] of ranges) {
          const count = [...model].filter((one) => one >= first && one <= last).length
          if (bits.count(first, last) !== count) throw new Error(`${first}-${last}: not ${count}`)
        }
      },
    ),
  )
})

t.test('it knows nothing any more once it is closed', async (t) => {
  const bits = new OffsetBits(0, 100, 1000)
  bits.add(7)
  bits.close()
  bits.add(8)
  t.notOk(bits.has(7))
  t.notOk(bits.has(8))
  t.equal(bits.count(0, 99), 0)
})

/** The rule of Apache's Cleaner.shouldRetainRecord: a record stays when its offset is not below the last one of its key. */
t.test('records that share an offset, as no broker writes them, do not go for one another', async (t) => {
  const log = await openLog({ directory: join(temporaryDirectory(t), 't-0'), config: { compact: true, delete: false } })
  const record = (key: string, value: string) => ({ key: Buffer.from(key), value: Buffer.from(value), timestamp: 0 })
  const both = buildBatch({}, [record('a', 'first'), record('b', 'second')])
  const [recordBytes = 0] = both.subarray(RECORD_BATCH_OVERHEAD)
  // The length of a record is in half of its first byte; behind it are the attributes and the delta of the timestamp.
  both[RECORD_BATCH_OVERHEAD + recordBytes / 2 + 1 + 3] = 0
  updateCrc(both, 0)
  await appendAsGiven(log, both)
  const later = buildBatch({}, [record('a', 'third')])
  setBaseOffset(later, 0, 2)
  await appendAsGiven(log, later)
  await log.roll()
  await clean(log, { nowMs: 1, cleanedOffset: 0, keys: 10 })
  t.same(await readValues(log), ['second', 'third'])
  await log.close()
})
