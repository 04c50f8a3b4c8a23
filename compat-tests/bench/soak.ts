/**
 * `make soak MINUTES=10`: finds how fast samsa takes records, then gives it half of that for the whole time while
 * retention deletes and the cleaner compacts, and watches its memory; then Apache Kafka for a shorter time, at half of
 * what that takes. Ends with 1 if memory is not flat, p99 grows, the event loop pauses for long or a record is lost.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import { LoadGenerator } from './load/generator.ts'
import type { Soaked } from './soak/broker.ts'
import { soakBroker } from './soak/broker.ts'
import { judgeSoak } from './soak/judge.ts'
import { soakReport, writeSoakChart } from './soak/report.ts'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: process.env.MINUTES || '10' },
    'no-apache': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
/** How much shorter Apache's turn is: its latency is asked for, not its memory over time. */
const apacheShare = 0.2
const packedBin = join(repositoryRoot, 'dist/bin/samsa.js')

async function main(): Promise<number> {
  const seconds = Number(options.minutes) * 60
  if (!(seconds > 0)) {
    console.error('MINUTES is a number above 0.')
    return 2
  }
  process.env.SAMSA_BIN ??= packedBin
  const kafka = await apacheKafka()
  const reason = existsSync(process.env.SAMSA_BIN) ? null : 'There is no dist/bin/samsa.js: run `make build`.'
  if (reason !== null || !kafka.ok) {
    console.error(reason ?? (kafka.ok ? '' : kafka.reason))
    return 1
  }
  const load = new LoadGenerator()
  const progress = (text: string): void => console.error(text)
  const samsa = await soakBroker('samsa', load, seconds, progress)
  const apache = options['no-apache']
    ? null
    : await soakBroker('apache', load, Math.max(30, seconds * apacheShare), progress)
  load.stop()
  return report(samsa, apache)
}

async function report(samsa: Soaked, apache: Soaked | null): Promise<number> {
  const verdicts = judgeSoak(samsa)
  if (options.json) console.log(JSON.stringify({ samsa, apache, verdicts }, null, 2))
  else console.log(soakReport(samsa, apache, verdicts))
  console.error(`chart: ${await writeSoakChart(samsa)}`)
  return verdicts.every(({ isMet }) => isMet) ? 0 : 1
}

process.exit(await main())
