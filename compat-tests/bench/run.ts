/**
 * `make bench`: samsa beside Apache Kafka, in turns, on this machine: throughput and what it costs, latency, memory,
 * start. Prints medians with ratios and, for a whole run, writes BENCHMARKS.md and its charts.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import type { Bench } from './bench-case.ts'
import { fullScale, quickScale } from './bench-case.ts'
import { cases } from './cases/index.ts'
import { LoadGenerator } from './load/generator.ts'
import { describeMachine } from './machine.ts'
import { elapsed, say, warnOfNoise } from './progress.ts'
import { writeBenchmarks } from './report/benchmarks.ts'
import { pairTable } from './report/pairs.ts'
import { resultTables } from './report/tables.ts'
import { medians, runRounds } from './rounds.ts'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: process.env.QUICK === '1' },
    case: { type: 'string', default: process.env.CASE ?? '' },
    rounds: { type: 'string' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    from: { type: 'string' },
    before: { type: 'string', default: process.env.BEFORE },
    help: { type: 'boolean', default: false },
  },
})

const usage = `usage: make bench [QUICK=1] [CASE=text[,text]] [BEFORE=file]
  --quick         fewer cases, fewer bytes, two rounds: about 5 minutes instead of 25
  --case a,b      only cases whose name contains one of the texts: ${cases.map((one) => one.name).join(', ')}
  --rounds N      so many rounds
  --json          results as JSON on standard output; progress goes to standard error
  --write         write BENCHMARKS.md even if this is not a whole run
  --from FILE     measure nothing: write BENCHMARKS.md from what --json printed in another run
  --before FILE   beside another build of samsa (its dist/bin/samsa.js) in place of Apache Kafka; writes nothing`

const packedBin = join(repositoryRoot, 'dist/bin/samsa.js')

async function main(): Promise<number> {
  if (options.help) return say(usage, 0)
  if (options.from !== undefined) return writeFrom(options.from)
  process.env.SAMSA_BIN ??= packedBin
  const { before } = options
  if (before !== undefined && !existsSync(before))
    return say(`There is no ${before}: BEFORE names a built samsa.js.`, 1)
  if (before !== undefined) process.env.BEFORE = before
  if (!existsSync(process.env.SAMSA_BIN))
    return say('There is no dist/bin/samsa.js: build it first with `make build`.', 1)
  const kafka = await apacheKafka()
  if (!kafka.ok) return say(kafka.reason, 1)
  const chosen = chooseCases()
  if (chosen.length === 0) return say(`There is no case ${options.case}.\n${usage}`, 2)
  warnOfNoise()

  const scale = options.quick ? quickScale : fullScale
  const rounds = options.rounds === undefined ? scale.rounds : Number(options.rounds)
  const isBesideBefore = before !== undefined
  const bench: Bench = { load: new LoadGenerator(), kafka: kafka.tool, scale: { ...scale, rounds }, isBesideBefore }
  const startedAt = new Date()
  const findings = await runRounds(bench, chosen, (text) => console.error(`${elapsed(startedAt)}  ${text}`))
  bench.load.stop()

  const machine = await describeMachine(kafka.tool, startedAt)
  const results = medians(findings)
  if (options.json) console.log(JSON.stringify({ machine, scale: bench.scale, findings }, null, 2))
  else console.log(isBesideBefore ? pairTable(findings, chosen) : resultTables(results, chosen))
  if (isBesideBefore) return 0
  const isWhole = options.case === '' && !options.quick
  if (isWhole || options.write) await writeBenchmarks({ machine, scale: bench.scale, results, cases })
  return 0
}

async function writeFrom(file: string): Promise<number> {
  const { machine, scale, findings } = JSON.parse(await readFile(file, 'utf8'))
  await writeBenchmarks({ machine, scale, results: medians(findings), cases })
  return 0
}

function chooseCases() {
  const texts = options.case.split(',')
  // A case asked for by name runs in a quick run too.
  if (options.case === '') return cases.filter((one) => one.isQuick || !options.quick)
  return cases.filter(({ name }) => texts.some((text) => name.includes(text)))
}

process.exit(await main())
