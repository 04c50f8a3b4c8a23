import { table } from '../../support/report.ts'
import type { BenchCase } from '../bench-case.ts'
import { median } from '../load/statistics.ts'
import { metrics, say } from '../metrics.ts'
import type { Finding } from '../rounds.ts'
import { rowsOf } from './tables.ts'

/** More than this for the worse, and somebody has to say why. */
const TOLERATED = 1.05

/** Two builds of samsa, metric by metric: medians, the median of the ratios of each round, and how far those differ. */
export function pairTable(findings: readonly Finding[], cases: readonly BenchCase[]): string {
  const lines = rowsOf(findings, cases).map(({ name, metric }) => {
    const at = (product: string, round: number): number | undefined =>
      findings.find((one) => one.case === name && one.product === product && one.round === round)?.metrics[metric]
    const rounds = [...new Set(findings.map(({ round }) => round))]
    const pairs = rounds.flatMap((round) => {
      const [before, now] = [at('before', round), at('samsa', round)]
      return before === undefined || now === undefined || before === 0 ? [] : [{ before, now, ratio: now / before }]
    })
    if (pairs.length === 0) return []
    const ratios = pairs.map(({ ratio }) => ratio).sort((a, b) => a - b)
    const middle = median(ratios)
    const { better, label } = metrics[metric]
    const worsening = better === 'lower' ? middle : 1 / middle
    return [
      name,
      label,
      say(metric, median(pairs.map(({ before }) => before))),
      say(metric, median(pairs.map(({ now }) => now))),
      `${middle.toFixed(2)}×`,
      `${ratios[0].toFixed(2)}–${ratios.at(-1)!.toFixed(2)}`,
      metric !== 'loadCores' && worsening > TOLERATED ? 'worse' : '',
    ]
  })
  const head = ['case', 'metric', 'before', 'now', 'now/before', 'of the rounds', '']
  return table(
    head,
    lines.filter((line) => line.length > 0),
    [2, 3, 4, 5],
  )
}
