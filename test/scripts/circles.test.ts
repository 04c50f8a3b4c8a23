/** Circles of imports, as `make check` finds them. */
import t from 'tap'
import { circlesOf } from '../../scripts/support/circles.ts'

const circles = (edges: Record<string, string[]>) => circlesOf(new Map(Object.entries(edges)))

t.test('no circle where imports go one way, by whatever ways', async (t) => {
  t.same(circles({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }), [])
})

t.test('two files that import each other, and one that imports itself', async (t) => {
  t.same(circles({ a: ['b'], b: ['c'], c: ['b'], d: ['d'] }), [
    ['b', 'c', 'b'],
    ['d', 'd'],
  ])
})

t.test('of a large circle the shortest way round is named', async (t) => {
  t.same(circles({ a: ['b'], b: ['c'], c: ['d', 'a'], d: ['e'], e: ['a'] }), [['a', 'b', 'c', 'a']])
})

t.test('circles apart from each other are found apart; an import of what is not looked at is none', async (t) => {
  t.same(circles({ a: ['b', 'x'], b: ['a'], c: ['d', 'a'], d: ['c'] }), [
    ['a', 'b', 'a'],
    ['c', 'd', 'c'],
  ])
})
