/** Apache's StripedReplicaPlacer: its goals as properties, over chances. */
import fc from 'fast-check'
import t from 'tap'
import { placeStriped } from '../../../src/controller/commands/rules/striped-placement.ts'

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 })
const plain = (ids: readonly number[]) => ids.map((id) => ({ id, rack: null as string | null, fenced: false }))
const counted = (ids: readonly number[]) =>
  ids.reduce((sum, id) => sum.set(id, (sum.get(id) ?? 0) + 1), new Map<number, number>())

t.test('every broker leads and holds equally many partitions', (t) => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), (seed, brokers, factor) => {
      fc.pre(factor <= brokers)
      const ids = Array.from({ length: brokers }, (_, id) => id)
      const placed = placeStriped(plain(ids), 4 * brokers, factor, seed)
      t.ok(placed.every((replicas) => new Set(replicas).size === factor))
      t.same(new Set(counted(placed.map(([leader]) => leader!)).values()), new Set([4]))
      t.same(new Set(counted(placed.flat()).values()), new Set([4 * factor]))
    }),
    { numRuns: 40 },
  )
  t.end()
})

t.test('replicas are in different racks where there are enough', (t) => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const brokers = [0, 1, 2, 3, 4, 5, 6].map((id) => ({ id, rack: `r${id % 3}`, fenced: false }))
      for (const replicas of placeStriped(brokers, 12, 3, seed)) t.equal(new Set(replicas.map((id) => id % 3)).size, 3)
    }),
    { numRuns: 40 },
  )
  t.end()
})

t.test('fenced brokers lead nothing, and come last in their rack', (t) => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const brokers = [0, 1, 2, 3].map((id) => ({ id, rack: null, fenced: id >= 2 }))
      for (const replicas of placeStriped(brokers, 8, 3, seed)) {
        t.ok(replicas[0]! < 2 && replicas[1]! < 2 && replicas[2]! >= 2)
      }
    }),
    { numRuns: 40 },
  )
  t.end()
})
