/**
 * `make bench-growth`: how the broker's CPU a record grows with records in a batch, partitions, connections and groups,
 * each from 1 to 10,000, samsa beside Apache Kafka in turns at every point. Ends with 1 if a curve of samsa bends upward
 * where Apache's does not; a whole run writes GROWTH.md and its charts.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import { fullScale, quickScale, type Scale } from './growth/curve.ts'
import { allCounts, curves, quickCounts } from './growth/curves.ts'
import { type Judged, judgeCurve } from './growth/judgement.ts'
import { growthTables, writeGrowth } from './growth/report.ts'
import { type Finding, runCurve } from './growth/turns.ts'
import { describeMachine, type Machine } from './machine.ts'
import { elapsed, say, warnOfNoise } from './progress.ts'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: process.env.QUICK === '1' },
    only: { type: 'string', default: process.env.ONLY ?? '' },
    points: { type: 'string' },
    turns: { type: 'string' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    from: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const usage = `usage: make bench-growth [QUICK=1] [ONLY=curve[,curve]] [ARGS=...]
  --quick         points up to 100, less work, one turn each: about a minute and a half instead of ten
  --only a,b      some of the curves: ${curves.map(({ name }) => name).join(', ')}
  --points 1,100  other points than ${allCounts.join(', ')}
  --turns N       so many turns at every point, of which the median is taken
  --json          results as JSON on standard output; progress goes to standard error
  --write         write GROWTH.md even if this is not a whole run
  --from FILE     measure nothing: judge and write GROWTH.md from what --json printed in another run
Ends with 1 if a curve of samsa bends upward where Apache's does not.`

interface Results {
  machine: Machine
  scale: Scale
  minutes: number
  findings: Finding[]
}

async function main(): Promise<number> {
  if (options.help) return say(usage, 0)
  if (options.from !== undefined) return report(JSON.parse(await readFile(options.from, 'utf8')), true)
  process.env.SAMSA_BIN ??= join(repositoryRoot, 'dist/bin/samsa.js')
  if (!existsSync(process.env.SAMSA_BIN))
    return say('There is no dist/bin/samsa.js: build it first with `make build`.', 1)
  const kafka = await apacheKafka()
  if (!kafka.ok) return say(kafka.reason, 1)
  const wanted = options.only === '' ? curves.map(({ name }) => name) : options.only.split(',')
  const chosen = curves.filter(({ name }) => wanted.includes(name))
  if (chosen.length < wanted.length) return say(`There is no such curve: ${options.only}.\n${usage}`, 2)
  const counts = options.points?.split(',').map(Number) ?? (options.quick ? quickCounts : allCounts)
  if (!counts.every((count) => Number.isInteger(count) && count > 0))
    return say('--points are whole numbers above 0.', 2)
  warnOfNoise()

  const basis = options.quick ? quickScale : fullScale
  const scale = { ...basis, turns: Number(options.turns ?? basis.turns) }
  const startedAt = new Date()
  const findings: Finding[] = []
  for (const curve of chosen) {
    findings.push(...(await runCurve(curve, counts, scale, (text) => console.error(`${elapsed(startedAt)}  ${text}`))))
  }
  const machine = await describeMachine(kafka.tool, startedAt)
  const minutes = (Date.now() - startedAt.getTime()) / 60_000
  const isWhole = options.only === '' && options.points === undefined && !options.quick
  return report({ machine, scale, minutes, findings }, isWhole || options.write)
}

async function report(results: Results, isWritten: boolean): Promise<number> {
  const all: Judged[] = curves
    .map((curve) => judgeCurve(curve, results.findings))
    .filter(({ points }) => points.length > 0)
  if (options.json) console.log(JSON.stringify(results, null, 2))
  else console.log(growthTables(all))
  if (isWritten) await writeGrowth({ ...results, all })
  return all.some(({ rises }) => rises.some(({ isBend }) => isBend)) ? 1 : 0
}

process.exit(await main())
