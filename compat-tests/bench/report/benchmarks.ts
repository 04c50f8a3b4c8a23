import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repositoryRoot } from '../../../scripts/toolchain/lookup.ts'
import type { BenchCase, Scale } from '../bench-case.ts'
import { MEMORY, START } from '../cases/index.ts'
import type { Machine } from '../machine.ts'
import { metrics, say } from '../metrics.ts'
import type { Medians } from '../rounds.ts'
import type { Bar } from './charts.ts'
import { barChart } from './charts.ts'
import { judge } from './judge.ts'
import { groupOf, sections } from './sections.ts'
import { summaryChart, writeReadme } from './summary.ts'
import type { Row } from './tables.ts'
import { ratio, rows } from './tables.ts'

export interface Benchmarks {
  machine: Machine
  scale: Scale
  results: Medians
  cases: readonly BenchCase[]
}

const chartDirectory = 'compat-tests/bench/charts'

/** Writes BENCHMARKS.md, the charts, and the part of the README that sums them up. */
export async function writeBenchmarks(benchmarks: Benchmarks): Promise<void> {
  await mkdir(join(repositoryRoot, chartDirectory), { recursive: true })
  const all = rows(benchmarks.results, benchmarks.cases)
  for (const { file, title, unit, bars } of charts(all)) {
    await writeFile(join(repositoryRoot, chartDirectory, file), await barChart(title, unit, bars))
  }
  await writeFile(join(repositoryRoot, chartDirectory, 'summary.svg'), await summaryChart(all))
  await writeFile(join(repositoryRoot, 'BENCHMARKS.md'), markdown(benchmarks, all))
  await writeReadme(benchmarks.machine, all, chartDirectory)
}

interface Chart {
  file: string
  title: string
  unit: string
  bars: Bar[]
}

function charts(all: readonly Row[]): Chart[] {
  const chart = (file: string, title: string, metric: string, pick: (row: Row) => boolean): Chart => {
    const picked = all.filter((row) => row.metric === metric && pick(row))
    const bars = picked.flatMap((row) =>
      (['samsa', 'apache', 'floor'] as const).flatMap((product) => {
        const value = row[product]
        return value === undefined ? [] : [{ group: shortName(row.case), product, value }]
      }),
    )
    return { file, title, unit: metrics[metric].label, bars }
  }
  const inGroup =
    (...groups: string[]) =>
    (row: Row): boolean =>
      groups.includes(groupOf(row.case))
  return [
    chart('cpu.svg', 'CPU of the broker for each GB: shorter is better', 'cpuSPerGb', inGroup('produce', 'consume')),
    chart('throughput.svg', 'Throughput: longer is better', 'mbPerS', inGroup('produce', 'consume')),
    chart('latency.svg', 'Latency at p99: shorter is better', 'p99Ms', inGroup('latency', 'transactions')),
    chart('start.svg', 'Start to the first answer: shorter is better', 'startMs', inGroup('start')),
    chart('memory.svg', 'Resident memory under load: shorter is better', 'loadedMb', inGroup('memory')),
  ].filter(({ bars }) => bars.length > 0)
}

const shortName = (name: string): string => (name === START || name === MEMORY ? groupOf(name) : name.replace('/', ' '))

function markdown({ machine, scale, results }: Benchmarks, all: readonly Row[]): string {
  const lines = [
    '# samsa beside Apache Kafka',
    '',
    `Written by \`make bench\` on ${machine.date}: ${machine.samsa}; ${machine.apache}. ${machine.processor},`,
    `${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, data on ${machine.fileSystem};`,
    `load average at the start ${machine.loadAverage.toFixed(2)}.`,
    '',
    `Medians of ${scale.rounds} rounds. In each round every broker starts anew on fresh data on the same disk, in turns, with`,
    'the defaults of its own. Clients run on the same cores as the broker. Compare the columns with each other and with',
    'nothing else: [how it is measured](compat-tests/bench/README.md).',
    '',
    ...image('cpu.svg', 'CPU seconds of the broker for each GB, samsa and Apache Kafka side by side'),
    '## What was aimed at',
    '',
    markdownTable(
      ['', '', 'aim', 'reference', 'samsa', 'result', ''],
      judge(results).map((one, index, all) => [
        all[index - 1]?.subject === one.subject ? '' : one.subject,
        one.words,
        one.aim,
        one.reference,
        one.samsa,
        one.result,
        one.isMet ? 'met' : '**missed**',
      ]),
      [3, 4, 5],
    ),
  ]
  for (const [group, title, words] of sections) {
    const own = all.filter((row) => groupOf(row.case) === group && row.metric !== 'loadCores')
    if (own.length > 0) lines.push(...section(group, title, words, own))
  }
  lines.push('', generatorLine(all), '')
  return lines.join('\n')
}

function section(group: string, title: string, words: string, own: readonly Row[]): string[] {
  const limit = (row: Row): number | undefined => row.floor ?? row.limit
  const hasLimit = own.some((row) => limit(row) !== undefined)
  const cell = (row: Row, value: number | undefined): string => (value === undefined ? '' : say(row.metric, value))
  const header = ['case', 'metric', 'Apache', 'samsa', 'samsa/Apache', ...(hasLimit ? ['limit'] : [])]
  const body = own.map((row, index) => [
    own[index - 1]?.case === row.case ? '' : row.words,
    metrics[row.metric].label,
    cell(row, row.apache),
    cell(row, row.samsa),
    ratio(row),
    ...(hasLimit ? [cell(row, limit(row))] : []),
  ])
  const pictures: Record<string, string[]> = {
    produce: image('throughput.svg', 'MB a second, samsa and Apache Kafka side by side'),
    latency: image('latency.svg', 'Latency at the 99th percentile'),
    start: image('start.svg', 'Milliseconds to the first answer'),
    memory: image('memory.svg', 'Resident memory under load'),
  }
  const intro = words === '' ? [] : [words, '']
  return ['', `## ${title}`, '', ...intro, ...(pictures[group] ?? []), markdownTable(header, body, [2, 3, 4, 5])]
}

const image = (file: string, words: string): string[] => [`![${words}](${chartDirectory}/${file})`, '']

/** Our generator must never be what a throughput case measures. */
function generatorLine(all: readonly Row[]): string {
  const shares = all.flatMap((row) => (row.metric === 'loadCores' ? [row.apache ?? 0, row.samsa ?? 0] : []))
  const most = Math.max(0, ...shares)
  return `The load generator took at most ${most.toFixed(2)} of one core in the cases of produce and consume.`
}

export function markdownTable(
  header: readonly string[],
  body: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const rule = header.map((_, column) => (right.includes(column) ? '--:' : '---'))
  return [header, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
