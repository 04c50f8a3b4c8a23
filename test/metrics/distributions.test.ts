import t from 'tap'
import { Distributions } from '../../src/metrics/distributions.ts'

const [SIZE, WAIT] = [0, 1]
const MINUTE_MS = 60_000

t.test('a quantile is right to an eighth, whatever the size', async (t) => {
  for (const scale of [1, 37, 1_000, 123_456, 50_000_000]) {
    const sizes = new Distributions(1)
    for (let step = 1; step <= 40; step++) {
      sizes.count(0)
      sizes.add(SIZE, step * scale)
    }
    const [median = 0, most = 0] = sizes.quantiles(SIZE, [0.5, 1], 0)
    t.ok(Math.abs(median / (20 * scale) - 1) <= 0.125, `the median of ${scale}`)
    t.ok(Math.abs(most / (40 * scale) - 1) <= 0.125, `the largest of ${scale}`)
    t.equal(sizes.sum(SIZE), 820 * scale)
  }
})

t.test('a quantity that an event does not add is a zero of it', async (t) => {
  const both = new Distributions(2)
  for (let event = 0; event < 10; event++) {
    both.count(0)
    both.add(SIZE, 8)
    if (event === 0) both.add(WAIT, 3)
  }
  t.same(both.quantiles(SIZE, [0, 0.5, 1], 0), [8.5, 8.5, 8.5])
  t.same(both.quantiles(WAIT, [0.5, 0.9, 0.95], 0), [0, 0, 3])
  t.equal(both.events, 10)
})

t.test('quantiles forget what was before the last window, counts and sums do not', async (t) => {
  const sizes = new Distributions(1)
  const event = (atMs: number, size: number) => {
    sizes.count(atMs)
    sizes.add(SIZE, size)
  }
  event(0, 1)
  t.same(sizes.quantiles(SIZE, [0.5], MINUTE_MS), [1], 'the window before still counts')
  event(MINUTE_MS, 2)
  event(2 * MINUTE_MS, 3)
  t.same(sizes.quantiles(SIZE, [0.5, 1], 2 * MINUTE_MS), [2, 3])
  t.same(sizes.quantiles(SIZE, [0.5], 10 * MINUTE_MS), [0], 'nothing recent')
  t.same([sizes.events, sizes.sum(SIZE)], [3, 6])
})

t.test('what is below zero or beyond 31 bits is at the ends', async (t) => {
  const sizes = new Distributions(1)
  for (const size of [-5, 2 ** 40]) {
    sizes.count(0)
    sizes.add(SIZE, size)
  }
  const [least = -1, most = 0] = sizes.quantiles(SIZE, [0.5, 1], 0)
  t.equal(least, 0)
  t.ok(most > 2 ** 30 && most < 2 ** 31)
})
