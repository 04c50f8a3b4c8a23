import t from 'tap'
import { rises } from '../../../compat-tests/bench/growth/bends.ts'

const curve = (...costs: number[]) => costs.map((us, index) => ({ at: 10 ** index, us }))
const bends = (own: number[], reference: number[]): number[] =>
  rises(curve(...own), curve(...reference)).flatMap(({ to, isBend }) => (isBend ? [to] : []))

t.test('a cost that falls or stays bends nowhere', async (t) => {
  t.same(bends([100, 10, 1, 1, 1], [100, 10, 1, 1, 1]), [])
  t.same(bends([50, 50, 50, 50, 50], [80, 70, 60, 50, 40]), [])
})

t.test('a cost that rises by more than a quarter where the reference stays bends there', async (t) => {
  t.same(bends([40, 40, 40, 44, 60], [90, 90, 90, 90, 90]), [10_000])
  t.same(bends([40, 40, 40, 44, 50], [90, 90, 90, 90, 90]), [], 'a quarter is not more than a quarter')
})

t.test('each point is measured from the cheapest one to its left, which need not be its neighbour', async (t) => {
  t.same(bends([40, 30, 34, 36, 39], [90, 90, 90, 90, 90]), [10_000])
  t.match(rises(curve(40, 30, 34, 36, 39), curve(90, 90, 90, 90, 99)).at(-1), {
    from: 10,
    to: 10_000,
    times: 1.3,
    reference: 1.1,
  })
})

t.test(
  'a rise that the reference has at the same places is none of its own, unless it is steeper by a quarter',
  async (t) => {
    t.same(bends([40, 40, 60], [90, 90, 140]), [])
    t.same(bends([40, 40, 100], [90, 90, 140]), [100])
    t.same(bends([40, 40, 51], [90, 90, 112]), [100], 'a reference just below the limit does not bend')
  },
)

t.test('what the reference has to the left of the two places does not count', async (t) => {
  t.same(bends([80, 40, 60], [30, 90, 90]), [100])
})

t.test('points that one of the two lacks are left out, and few points are judged as far as they go', async (t) => {
  t.same(bends([40, 40, 40, 400], [90, 90, 90]), [])
  t.same(rises(curve(40), curve(90)), [])
  t.same(rises([], []), [])
  t.same(rises(curve(40, 90).toReversed(), curve(90, 90)), rises(curve(40, 90), curve(90, 90)), 'in any order')
})
