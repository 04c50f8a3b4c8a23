/** Expectations from Apache's LeaderEpochFileCache: KIP-101, KIP-279, and its handling of epochs that are not known. */
import t from 'tap'
import { LeaderEpochCache } from '../../src/log/leader-epoch-cache.ts'

const cacheOf = (...entries: [number, number][]) =>
  new LeaderEpochCache(entries.map(([epoch, startOffset]) => ({ epoch, startOffset })))

const entriesOf = (cache: LeaderEpochCache) => cache.entries.map(({ epoch, startOffset }) => [epoch, startOffset])

t.test('the end of an epoch is the start of the next one that is known', async (t) => {
  const cache = cacheOf([2, 10], [3, 20], [5, 30])
  t.same(cache.endOffsetFor(5, 44), { epoch: 5, endOffset: 44 }, 'the current one ends where the log does')
  t.same(cache.endOffsetFor(3, 44), { epoch: 3, endOffset: 30 })
  t.same(cache.endOffsetFor(4, 44), { epoch: 3, endOffset: 30 }, 'one between is answered with the one before')
  t.same(cache.endOffsetFor(1, 44), { epoch: 1, endOffset: 10 }, 'one before the first ends where that begins')
  t.equal(cache.endOffsetFor(6, 44), null, 'one after the last is not known')
  t.equal(cache.endOffsetFor(-1, 44), null)
  t.equal(cacheOf().endOffsetFor(0, 0), null)
})

t.test('a new epoch takes what contradicts it away', async (t) => {
  const cache = cacheOf([1, 0], [2, 10], [3, 20])
  cache.assign(3, 25)
  t.same(
    entriesOf(cache),
    [
      [1, 0],
      [2, 10],
      [3, 20],
    ],
    'a later batch of the same epoch changes nothing',
  )
  cache.assign(4, 20)
  t.same(
    entriesOf(cache),
    [
      [1, 0],
      [2, 10],
      [4, 20],
    ],
    'epoch 3 had no records',
  )
  cache.assign(2, 5)
  t.same(entriesOf(cache), [
    [1, 0],
    [2, 5],
  ])
})

t.test('cut at either end', async (t) => {
  const cache = cacheOf([1, 0], [2, 10], [3, 20])
  cache.truncateFromEnd(20)
  t.same(entriesOf(cache), [
    [1, 0],
    [2, 10],
  ])
  cache.truncateFromStart(5)
  t.same(entriesOf(cache), [
    [1, 5],
    [2, 10],
  ])
  cache.truncateFromStart(12)
  t.same(entriesOf(cache), [[2, 12]])
  t.equal(cache.epochForOffset(11), -1)
  t.equal(cache.epochForOffset(12), 2)
})
