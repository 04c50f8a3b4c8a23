import fc from 'fast-check'
import t from 'tap'
import { SupersededOffsets } from '../../../src/log/cleaner/superseded-offsets.ts'

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
        const superseded = new SupersededOffsets(FROM, FROM + OFFSETS, bytes)
        const end = FROM + Math.min(bytes * 8, Math.ceil(OFFSETS / 32) * 32)
        const model = new Set(added.filter((one) => one >= FROM && one < end))
        for (const one of added) superseded.add(one)
        for (const one of added) t.equal(superseded.has(one), model.has(one))
        for (const [first, last] of ranges) {
          const count = [...model].filter((one) => one >= first && one <= last).length
          if (superseded.count(first, last) !== count) throw new Error(`${first}-${last}: not ${count}`)
        }
      },
    ),
  )
})

t.test('it knows nothing any more once offsets do not tell records apart', async (t) => {
  const superseded = new SupersededOffsets(0, 100, 1000)
  superseded.add(7)
  superseded.distrust()
  superseded.add(8)
  t.notOk(superseded.has(7))
  t.notOk(superseded.has(8))
  t.equal(superseded.count(0, 99), 0)
})
