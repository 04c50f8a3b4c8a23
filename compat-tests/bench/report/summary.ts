import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repositoryRoot } from '../../../scripts/toolchain/lookup.ts'
import { MEMORY, START } from '../cases/index.ts'
import type { Machine } from '../machine.ts'
import { metrics, say } from '../metrics.ts'
import type { Bar } from './charts.ts'
import { barChart } from './charts.ts'
import type { Row } from './tables.ts'

/** The few figures that a newcomer wants to know, in plain words. */
const lines: readonly [words: string, name: string, metric: string][] = [
  ['produce, 1 KB records', 'produce/base', 'mbPerS'],
  ['CPU for each GB produced', 'produce/base', 'cpuSPerGb'],
  ['consume, newest records', 'consume/tail', 'mbPerS'],
  ['CPU for each GB consumed', 'consume/tail', 'cpuSPerGb'],
  ['producer to consumer, median', 'latency/end-to-end', 'p50Ms'],
  ['producer to consumer, slowest 1%', 'latency/end-to-end', 'p99Ms'],
  ['a transaction, begin to committed', 'transactions/short', 'p50Ms'],
  ['memory under load', MEMORY, 'loadedMb'],
  ['memory when idle', MEMORY, 'idleMb'],
  ['start to first answer', START, 'startMs'],
]

const begin = '<!-- written by make bench -->'
const end = '<!-- end -->'
const chartFile = 'summary.svg'

interface Line {
  words: string
  row: Row
  percent: number
}

function summarize(all: readonly Row[]): Line[] {
  return lines.flatMap(([words, name, metric]) => {
    const row = all.find((one) => one.case === name && one.metric === metric)
    if (row?.samsa === undefined || !row.apache) return []
    return { words, row, percent: (row.samsa / row.apache) * 100 }
  })
}

/** Bars for all that costs something, where Apache Kafka is 100%. */
export function summaryChart(all: readonly Row[]): Promise<string> {
  const costs = summarize(all).filter(({ row }) => metrics[row.metric].better === 'lower')
  const bars: Bar[] = costs.flatMap(({ words, percent }) => [
    { group: words, product: 'samsa', value: percent },
    { group: words, product: 'apache', value: 100 },
  ])
  return barChart('What samsa takes where Apache Kafka takes 100%', '% of Apache Kafka', bars)
}

/** Renews the part of the README between its two marks. */
export async function writeReadme(machine: Machine, all: readonly Row[], chartDirectory: string): Promise<void> {
  const path = join(repositoryRoot, 'README.md')
  const text = await readFile(path, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`README.md has lost the marks ${begin} and ${end}`)
  const part = [begin, ...readmePart(machine, all, chartDirectory), ''].join('\n')
  await writeFile(path, text.slice(0, from) + part + text.slice(to))
}

function readmePart(machine: Machine, all: readonly Row[], chartDirectory: string): string[] {
  const unit = (metric: string, value: number): string => {
    const { label } = metrics[metric]
    const name = label.endsWith('MB') ? 'MB' : label.endsWith('ms') ? 'ms' : label.endsWith('s/GB') ? 's' : label
    return `${say(metric, value)} ${name}`
  }
  const body = summarize(all).map(({ words, row }) => {
    const [apache, samsa] = [unit(row.metric, row.apache!), unit(row.metric, row.samsa!)]
    return `| ${words} | ${apache} | **${samsa}** |`
  })
  return [
    `![What samsa takes where Apache Kafka takes 100%](${chartDirectory}/${chartFile})`,
    '',
    '| | Apache Kafka | samsa |',
    '|---|--:|--:|',
    ...body,
    '',
    `Medians of one run of \`make bench\` on ${machine.date}, in turns on the same ${machine.cores} cores, which the clients share:`,
    `${machine.samsa}, ${machine.apache}. All of it, and what was aimed at: [BENCHMARKS.md](BENCHMARKS.md).`,
  ]
}
