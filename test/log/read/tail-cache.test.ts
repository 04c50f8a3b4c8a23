import t from 'tap'
import { buildBatch } from '../../../protocol/records/build.ts'
import { batchHolding } from '../../../src/log/read/cached-chunk.ts'
import { CachedTail, TailCache } from '../../../src/log/read/tail-cache.ts'

const MIB = 1024 * 1024

/** Appends `count` chunks of one offset each, and tells where each ended up. */
function fill(cache: TailCache, tail: CachedTail, from: number, count: number, chunk: () => Buffer): void {
  for (let i = from; i < from + count; i++) {
    cache.add(tail, chunk(), { segmentBaseOffset: 0, position: i, baseOffset: i, endOffset: i + 1 })
  }
}

t.test('small chunks share slabs, and no more memory is pinned than allowed', async (t) => {
  const cache = new TailCache(MIB)
  const tails = Array.from({ length: 50 }, () => new CachedTail())
  for (let round = 0; round < 400; round++) {
    // Views of a larger buffer, as they come from a socket: keeping them would keep all of it.
    const received = Buffer.alloc(MIB / 4)
    for (const tail of tails) fill(cache, tail, round, 1, () => received.subarray(0, 200))
    t.ok(cache.pinnedBytes <= MIB)
  }
  for (const tail of tails) {
    t.not(tail.indexOf(399), -1, 'the newest is there')
    t.equal(tail.indexOf(0), -1, 'the oldest is gone')
  }
})

t.test('a large chunk is kept as it is, one that is too large is not kept', async (t) => {
  const cache = new TailCache(MIB)
  const tail = new CachedTail()
  const large = Buffer.alloc(MIB / 2)
  fill(cache, tail, 0, 1, () => large)
  t.equal(tail.at(tail.indexOf(0))?.bytes, large)
  fill(cache, tail, 1, 1, () => Buffer.alloc(2 * MIB))
  t.equal(tail.indexOf(0), -1, 'what came before would leave a gap')
  t.equal(tail.indexOf(1), -1)
  t.equal(cache.pinnedBytes, 0)
})

t.test('appends of one log that follow each other in a slab become one chunk', async (t) => {
  const cache = new TailCache(MIB)
  const tail = new CachedTail()
  fill(cache, tail, 0, 10, () => Buffer.alloc(MIB).subarray(0, 100))
  t.equal(tail.indexOf(0), tail.indexOf(9))
  t.equal(tail.at(tail.indexOf(5))?.bytes.length, 1000)
  cache.drop(tail)
  t.equal(cache.pinnedBytes, 0)
  t.ok(tail.isEmpty)
})

t.test(
  'every offset is found in a chunk that grew by appends of one batch and of several, small and large',
  async (t) => {
    const cache = new TailCache(MIB)
    const tail = new CachedTail()
    /** Where in all bytes the batch of each offset begins. */
    const starts: number[] = []
    let position = 0
    const missed: number[] = []
    for (let append = 0; append < 100; append++) {
      const sizes = append % 7 === 3 ? [20, 1_500, 700] : [append % 50]
      const batches = sizes.map((size) => {
        const records = [0, 1].map(() => ({ key: null, value: Buffer.alloc(size), timestamp: 0 }))
        const bytes = buildBatch({ baseOffset: starts.length }, records)
        starts.push(position, position)
        position += bytes.length
        return bytes
      })
      const bytes = Buffer.concat(batches)
      const baseOffset = starts.length - 2 * sizes.length
      const where = { segmentBaseOffset: 0, position: position - bytes.length, baseOffset, endOffset: starts.length }
      cache.add(tail, bytes, where)
      // A reader at the end, and one behind it.
      for (const offset of [starts.length - 1, starts.length >> 1]) found(offset)
    }
    for (let offset = 0; offset < starts.length; offset++) found(offset)

    function found(offset: number): void {
      const chunk = tail.at(tail.indexOf(offset))!
      const at = chunk.position + batchHolding(chunk, offset)
      if (at !== starts[offset]) missed.push(offset)
    }
    t.same(missed, [], 'no offset is missed')
    t.ok((tail.first?.marks?.length ?? 0) > 10, 'it has marks to begin at')
  },
)
