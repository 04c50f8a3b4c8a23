import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { table } from '../../support/report.ts'
import type { Machine } from '../machine.ts'
import { markdownTable } from '../report/benchmarks.ts'
import { type CurvePoint, curveChart } from '../report/charts.ts'
import { TOLERATED } from './bends.ts'
import type { Scale } from './curve.ts'
import { type Judged, type Point, say, verdict } from './judgement.ts'
import { type Broker, products } from './turns.ts'

const benchDirectory = join(import.meta.dirname, '..')
const chartDirectory = 'charts'
const names: Record<Broker, string> = { samsa: 'samsa', apache: 'Apache Kafka' }

const header = ['Apache µs', 'of the turns', 'samsa µs', 'of the turns', 'samsa/Apache', 'measured']

function cells({ costs }: Point): string[] {
  const { apache, samsa } = costs
  const of = (cost = apache): string[] =>
    cost === undefined ? ['absent', ''] : [digits(cost.us), `${digits(cost.least)}–${digits(cost.most)}`]
  const ratio = apache && samsa ? `${(samsa.us / apache.us).toFixed(2)}×` : ''
  const work = (samsa ?? apache)?.work
  return [...of(apache), ...(samsa ? of(samsa) : ['absent', '']), ratio, work === undefined ? '' : say(work)]
}

const digits = (us: number): string => (us < 10 ? us.toFixed(2) : us.toFixed(1))

/** The reasons why points are absent, one a line. */
function absences({ curve, points }: Judged): string[] {
  return points.flatMap(({ count, reasons }) =>
    products.flatMap((product) =>
      reasons[product] === undefined
        ? []
        : [`${names[product]} with ${say(count)} ${curve.axis} is absent: ${reasons[product]}.`],
    ),
  )
}

export function growthTables(all: readonly Judged[]): string {
  const rows = all.flatMap(({ curve, points }) =>
    points.map((point, index) => [index === 0 ? curve.axis : '', say(point.count), ...cells(point), curve.costOf]),
  )
  const lines = all.flatMap((judged) => [`${judged.curve.name}: ${verdict(judged)}`, ...absences(judged)])
  const head = ['broker CPU', '', ...header, 'each']
  return [table(head, rows, [1, 2, 3, 4, 5, 6, 7]), '', ...lines].join('\n')
}

export interface Growth {
  machine: Machine
  scale: Scale
  minutes: number
  all: readonly Judged[]
}

/** Writes GROWTH.md and its charts. */
export async function writeGrowth(growth: Growth): Promise<void> {
  await mkdir(join(benchDirectory, chartDirectory), { recursive: true })
  for (const judged of growth.all) await writeFile(join(benchDirectory, chartFile(judged)), await chart(judged))
  await writeFile(join(benchDirectory, 'GROWTH.md'), markdown(growth))
}

const chartFile = ({ curve }: Judged): string => `${chartDirectory}/growth-${curve.name}.svg`

export function chart({ curve, points }: Judged): Promise<string> {
  const values = points.flatMap(({ count, costs }) =>
    products.flatMap((product): CurvePoint[] => {
      const value = costs[product]?.us
      return value === undefined ? [] : [{ product, at: count, value }]
    }),
  )
  return curveChart(`${curve.title}: lower is better`, curve.axis, `broker CPU, µs a ${curve.costOf}`, values)
}

function markdown({ machine, scale, minutes, all }: Growth): string {
  const lines = [
    '# How the cost grows',
    '',
    `Written by \`make bench-growth\` on ${machine.date} in ${minutes.toFixed(0)} minutes: ${machine.samsa}; ${machine.apache}.`,
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, data on ${machine.fileSystem};`,
    `load average at the start ${machine.loadAverage.toFixed(2)}.`,
    '',
    'Each curve varies one number and gives both brokers the same work at every point of it; the figures are CPU of the',
    `broker (user and system, all threads) for each record or commit, medians of ${scale.turns} turns that the two have by`,
    'turns. Both axes of a chart are logarithmic. A curve bends upward at a point if it costs there more than',
    `${TOLERATED} times what it costs at the cheapest point to the left, and Apache's at the same places does not, or does so`,
    `by a quarter less. [How it is measured](README.md).`,
  ]
  for (const judged of all) lines.push('', ...section(judged))
  return `${lines.join('\n')}\n`
}

function section(judged: Judged): string[] {
  const { curve, points } = judged
  const title = `${curve.axis[0].toUpperCase()}${curve.axis.slice(1)}`
  const body = points.map((point) => [say(point.count), ...cells(point)])
  const reasons = absences(judged).flatMap((line) => ['', line])
  return [
    `## ${title}`,
    '',
    curve.words,
    '',
    `![${curve.title}, samsa and Apache Kafka as two lines](${chartFile(judged)})`,
    '',
    verdict(judged),
    ...reasons,
    '',
    markdownTable([curve.axis, ...header.slice(0, -1), `${curve.costOf}s a turn`], body, [0, 1, 2, 3, 4, 5, 6]),
  ]
}
