import t from 'tap'
import { FIRST_READ_BYTES, ReadSize } from '../../src/share/read-size.ts'

/** Batches of ten records one after another, `sizes` in bytes. */
const batchesOf = (sizes: readonly number[]) => {
  let position = 0
  return sizes.map((sizeBytes, index) => {
    const batch = { baseOffset: 100 + index * 10, lastOffset: 109 + index * 10, position, sizeBytes }
    position += sizeBytes
    return batch
  })
}

t.test('a first read takes a megabyte, or as much as has to be there', async (t) => {
  const size = new ReadSize()
  t.equal(size.bytesFor(500, 1), FIRST_READ_BYTES)
  t.equal(size.bytesFor(500, 5_000_000), 5_000_000)
})

t.test('then as much as holds the records that are wanted, and their last batch whole', async (t) => {
  const size = new ReadSize()
  size.learn(batchesOf([10_000, 30_000]))
  t.equal(size.bytesFor(500, 1), 500 * 2_000 + 30_000)
  t.equal(size.bytesFor(500, 5_000_000), 5_000_000)
})

t.test('records become larger and smaller: the last read counts, and one without batches tells nothing', async (t) => {
  const size = new ReadSize()
  size.learn(batchesOf([1_000]))
  t.equal(size.bytesFor(1_000, 1), 1_000 * 100 + 1_000)
  size.learn(batchesOf([100_000]))
  t.equal(size.bytesFor(1_000, 1), 1_000 * 10_000 + 100_000)
  size.learn([])
  t.equal(size.bytesFor(1_000, 1), 1_000 * 10_000 + 100_000)
})

t.test('small records are not read one at a time', async (t) => {
  const size = new ReadSize()
  size.learn(batchesOf([100]))
  t.equal(size.bytesFor(1, 1), 65_536)
})
