import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheDirectory } from '../../../scripts/toolchain/lookup.ts'
import { table } from '../../support/report.ts'
import { lineChart } from '../report/charts.ts'
import type { Soaked } from './broker.ts'
import type { Verdict } from './judge.ts'

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
      ...[result.p50Ms, result.p99Ms, result.p999Ms].map((ms) => ms.toFixed(2)),
    ],
  )
  const besideHeader = ['produce, acks=all', 'takes MB/s', 'given MB/s', 'minutes', 'p50 ms', 'p99 ms', 'p99.9 ms']
  const judged = verdicts.map(({ words, found, isMet }) => [isMet ? 'yes' : 'NO', words, found])
  return [
    table(header, series, [0, 1, 2, 3, 4, 5]),
    table(besideHeader, beside, [1, 2, 3, 4, 5, 6]),
    table(['', 'must hold', 'found'], judged),
  ].join('\n\n')
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
