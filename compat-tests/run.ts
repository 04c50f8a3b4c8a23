/**
 * `make compat`: drives every client against samsa in a process of its own, with REFERENCE=apache against Apache Kafka
 * as well. A case that fails fails the run, unless the client's folder lists it with a reason; so does one that passed
 * when the results were last committed. A full run enters what it found into results.json and RESULTS.md.
 */
import { parseArgs } from 'node:util'
import { outsideSmoke, suites } from './suites.ts'
import { apacheBroker } from './support/apache.ts'
import type { BrokerOptions, BrokerProcess } from './support/broker.ts'
import { samsaOfSeveral } from './support/companions.ts'
import { committedRecord, enter, regressions } from './support/record.ts'
import type { Product, SuiteResult } from './support/report.ts'
import { compatTable, indent, remarks, totals } from './support/report.ts'
import { runSuite } from './support/run-suite.ts'
import { samsaBroker } from './support/samsa.ts'
import type { Suite } from './support/suite.ts'

const { values: options } = parseArgs({
  options: {
    client: { type: 'string', default: process.env.CLIENT ?? '' },
    reference: { type: 'string', default: process.env.REFERENCE ?? '' },
    brokers: { type: 'string' },
    'brokers-of-samsa': { type: 'string', default: process.env.BROKERS ?? '1' },
    case: { type: 'string' },
    smoke: { type: 'boolean', default: false },
    record: { type: 'boolean', default: process.env.RECORD === '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const usage = `usage: make compat [CLIENT=name[,name]] [REFERENCE=apache] [RECORD=1] [BROKERS=3]
  --client a,b      clients to run: ${Object.keys(suites).join(', ')}
  --reference apache  run against Apache Kafka beside samsa
  --brokers a,b     exactly these: samsa, apache
  --brokers-of-samsa 3  samsa is a cluster of so many brokers, under its own controller; BROKERS=3 says the same
  --record          enter the clients that ran into results.json and RESULTS.md; a run of all clients always does
  --case text       only cases whose name contains the text
  --smoke           the small part that every test run has
  --json            results as JSON on standard output; progress goes to standard error`

const brokersOfSamsa = Number(options['brokers-of-samsa'])

const brokerFactories: Record<Product, (options: BrokerOptions) => Promise<BrokerProcess>> = {
  samsa: (of) => (brokersOfSamsa > 1 ? samsaOfSeveral(of, brokersOfSamsa) : samsaBroker(of)),
  apache: apacheBroker,
}

async function main(): Promise<number> {
  if (options.help) {
    console.log(usage)
    return 0
  }
  const usual = Object.keys(suites).filter((name) => !options.smoke || !outsideSmoke.has(name))
  const clients = options.client ? options.client.split(',') : usual
  const products = (options.brokers ?? (options.reference === 'apache' ? 'samsa,apache' : 'samsa')).split(',')
  const unknown = [
    ...clients.filter((name) => !(name in suites)),
    ...products.filter((name) => !(name in brokerFactories)),
  ]
  const isPart = options.smoke || options.case !== undefined || brokersOfSamsa !== 1
  if (unknown.length > 0 || (isPart && options.record)) {
    const complaint = unknown.length > 0 ? `There is no ${unknown.join(', ')}.` : 'A part of a client is not recorded.'
    console.error(`${complaint}\n${usage}`)
    return 2
  }
  const isRecorded = !isPart && (options.record || options.client === '')
  const committed = committedRecord()
  const results: SuiteResult[] = []
  for (const client of clients) {
    for (const product of products as Product[]) {
      const result = await runClient(client, product)
      results.push(result)
      if (isRecorded) enter(result, Object.keys(suites))
    }
  }
  const lost = regressions(committed, results)
  print(results, lost)
  return totals(results).failed > 0 || lost.length > 0 ? 1 : 0
}

async function runClient(client: string, product: Product): Promise<SuiteResult> {
  const started = performance.now()
  const suite = await suites[client]()
  const result: SuiteResult = {
    client,
    version: '',
    broker: product,
    brokerVersion: '',
    cases: [],
    otherCases: [],
    milliseconds: 0,
  }
  if ('skipped' in suite) return { ...result, skipped: suite.skipped }
  result.version = suite.version
  if (suite.only && suite.only.product !== product) {
    await suite.close?.()
    return { ...result, skipped: suite.only.reason }
  }
  try {
    await drive(suite, product, result)
  } catch (error) {
    result.cases.push({ name: 'the broker starts', verdict: 'failed', milliseconds: 0, reason: String(error) })
  } finally {
    await suite.close?.()
  }
  result.milliseconds = performance.now() - started
  return result
}

async function drive(suite: Suite, product: Product, result: SuiteResult): Promise<void> {
  const { properties, listeners, systemProperties } = suite
  const broker = await brokerFactories[product]({ properties, listeners, systemProperties })
  result.brokerVersion = broker.version
  result.otherCases = suite.cases.filter((one) => one.only && one.only !== product).map(({ name }) => name)
  try {
    await broker.start()
    result.cases = await runSuite(suite, broker, {
      smoke: options.smoke,
      only: options.case,
      report(one) {
        const place = `${broker.product} ${suite.client}: ${one.name}${one.smoke ? ' •' : ''} (${one.milliseconds} ms)`
        console.error(`${one.verdict.padEnd(14)}${place}`)
        if (one.verdict === 'failed') console.error(indent(one.reason ?? ''))
      },
    })
  } finally {
    await broker.dispose()
  }
}

function print(results: readonly SuiteResult[], lost: readonly string[]): void {
  const sums = totals(results)
  if (options.json) {
    console.log(JSON.stringify({ totals: sums, lost, results }, null, 2))
    return
  }
  const notes = remarks(results)
  console.log(`\n${compatTable(results)}\n${notes ? `\n${notes}\n` : ''}`)
  if (lost.length > 0) console.log(`passed in the committed results and not now:\n${indent(lost.join('\n'))}\n`)
  console.log(`compat: ${sums.passed} passed, ${sums.failed} failed, ${sums.skipped + sums.knownFailures} skipped`)
}

// A client library may keep timers or sockets of a case that hung: the verdict is in, so the process ends here.
process.exit(await main())
