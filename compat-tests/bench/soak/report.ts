import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheDirectory } from '../../../scripts/toolchain/lookup.ts'
import { table } from '../../support/report.ts'
import { lineChart } from '../report/charts.ts'
import type { Soaked } from './broker.ts'
import type { Verdict } from './judge.ts'
import type { Pauses } from './pauses.ts'

export function soakReport(samsa: Soaked, apache: Soaked | null, verdicts: readonly Verdict[]): string {
  const series = samsa.result.intervals.map((interval, index) => {
    const sample = samsa.samples[index + 1] ?? samsa.samples.at(-1)!
    return [
      (sample.seconds / 60).toFixed(1),
      sample.residentMb.toFixed(0),
      sample.dataMb.toFixed(0),
      interval.mbPerS.toFixed(0),
      interval.p50Ms.toFixed(2),
      interval.p99Ms.toFixed(2),
    ]
  })
  const header = ['minute', 'resident MB', 'data MB', 'MB/s', 'p50 ms', 'p99 ms']
  const beside = [samsa, ...(apache ? [apache] : [])].map(
    ({ product, maximumMbPerS, givenMbPerS, seconds, result }) => [
      product,
      maximumMbPerS.toFixed(0),
      givenMbPerS.toFixed(0),
      (seconds / 60).toFixed(1),
      ...[result.p50Ms, result.p99Ms, result.p999Ms, result.p9999Ms].map((ms) => ms.toFixed(2)),
    ],
  )
  const percentiles = ['p50 ms', 'p99 ms', 'p99.9 ms', 'p99.99 ms']
  const besideHeader = ['produce, acks=all', 'takes MB/s', 'given MB/s', 'minutes', ...percentiles]
  const judged = verdicts.map(({ words, found, isMet }) => [isMet ? 'yes' : 'NO', words, found])
  return [
    table(header, series, [0, 1, 2, 3, 4, 5]),
    table(besideHeader, beside, [1, 2, 3, 4, 5, 6, 7]),
    ...(samsa.pauses === null ? [] : pausesReport(samsa.pauses)),
    table(['', 'must hold', 'found'], judged),
  ].join('\n\n')
}

const barWidth = 40
/** So many of the longest pauses are printed, and as many of those that have most of ours. */
const mostPrinted = 10

/** The histogram of pauses, and how much of each above 10 ms is ours. */
export function pausesReport({ seconds, ticks, binsMs, all, own, blocked, told }: Pauses): string[] {
  const most = Math.max(...all)
  const histogram = binsMs.map((fromMs, bin) => {
    const range = bin + 1 < binsMs.length ? `${fromMs}–${binsMs[bin + 1]}` : `>${fromMs}`
    return [range, ...[all, own, blocked].map((counts) => String(counts[bin])), bar(all[bin], most)]
  })
  const about = `pauses, logarithmic; ${ticks} ticks in ${seconds.toFixed(0)} s`
  const parts = [table(['pause ms', 'pauses', 'ours', 'blocked', about], histogram, [0, 1, 2, 3])]
  if (told.length === 0) return parts
  const longest = [...told].sort((one, other) => other.ms - one.ms).slice(0, mostPrinted)
  const printed = new Set([...told.slice(0, mostPrinted), ...longest])
  const rows = [...printed].map(({ atS, ms, ranMs, waitedMs, blockedMs, collectedMs }) =>
    [atS, ms, ranMs, waitedMs, blockedMs, collectedMs].map((number) => number.toFixed(1)),
  )
  const header = ['at second', 'pause above 10 ms', 'ours', 'waited for a core', 'blocked', 'within GC']
  return [...parts, table(header, rows, [0, 1, 2, 3, 4, 5])]
}

/** One of anything is seen beside millions. */
function bar(count: number, most: number): string {
  if (count === 0) return ''
  return '█'.repeat(Math.max(1, Math.round((barWidth * Math.log1p(count)) / Math.log1p(most))))
}

/** Answers with the path of the chart. */
export async function writeSoakChart({ samples }: Soaked): Promise<string> {
  const points = samples.map(({ seconds, residentMb }) => {
    return { series: 'samsa', minutes: seconds / 60, value: residentMb }
  })
  const directory = join(cacheDirectory, 'soak')
  await mkdir(directory, { recursive: true })
  const file = join(directory, 'memory.svg')
  await writeFile(file, await lineChart('Resident memory at half of the maximal rate', 'MB', points))
  return file
}
