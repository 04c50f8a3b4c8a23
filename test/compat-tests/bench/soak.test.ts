import t from 'tap'
import { LatencyHistogram } from '../../../compat-tests/bench/load/latency-histogram.ts'
import { judgeP99, judgePauses, secondAndLastFifth } from '../../../compat-tests/bench/soak/judge.ts'
import { pausesReport } from '../../../compat-tests/bench/soak/report.ts'

t.test('percentiles of counted latencies are within one percent of those of all of them', async (t) => {
  const histogram = new LatencyHistogram()
  for (let index = 1; index <= 100_000; index++) histogram.add(index / 1_000)
  for (const share of [0.5, 0.99, 0.999, 0.9999]) {
    const exact = 100 * share
    const found = histogram.percentile(share)
    t.ok(found >= exact && found <= exact * 1.0102, `${found} for ${exact}`)
  }
  t.equal(histogram.percentile(1), 100, 'the most is exact')
  histogram.clear()
  histogram.add(0)
  t.equal(histogram.count, 1)
  t.equal(histogram.percentile(0.99), 0)
  histogram.add(1e9)
  t.ok(histogram.percentile(1) > 1e6, 'what is beyond the last bucket counts in it')
})

t.test('the first fifth is warm-up', async (t) => {
  t.same(secondAndLastFifth([90, 90, 1, 3, 0, 0, 0, 0, 5, 7]), [2, 6])
  t.same(secondAndLastFifth([4]), [4, 4])
})

t.test('p99 may grow by a quarter and a millisecond', async (t) => {
  t.match(judgeP99([9, 4, 4, 4, 6]), { isMet: true, found: '4.00 ms → 6.00 ms' })
  t.match(judgeP99([9, 4, 4, 4, 6.01]), { isMet: false })
})

t.test('a long pause in which the thread did not run is not ours', async (t) => {
  t.match(judgePauses({ longest: { ms: 80, ranMs: 20, blockedMs: 9 } }), { isMet: true })
  t.match(judgePauses({ longest: { ms: 80, ranMs: 20.1, blockedMs: 9 } }), { isMet: false })
})

t.test('pauses are printed with their parts', async (t) => {
  const pause = { atS: 3, ms: 30, ranMs: 12, waitedMs: 15, blockedMs: 3, collectedMs: 4 }
  const bins = {
    binsMs: [1, 2, 5, 10, 20, 50, 100],
    all: [99, 0, 0, 0, 1, 0, 0],
    own: [90, 0, 0, 1, 0, 0, 0],
    blocked: [0, 1, 0, 0, 0, 0, 0],
  }
  const [histogram, told] = pausesReport({
    ...bins,
    seconds: 5,
    ticks: 4_900,
    longest: { ms: 30, ranMs: 12, blockedMs: 3 },
    told: [pause],
  })
  t.match(histogram, /^ +1–2 +99 +90 +0 {2}█{40}$/m)
  t.match(histogram, /^ +20–50 +1 +0 +0 {2}█{6}$/m)
  t.match(histogram, /^ +>100 +0 +0 +0$/m)
  t.match(told, /^ +3\.0 +30\.0 +12\.0 +15\.0 +3\.0 +4\.0$/m)
})
