/**
 * `make compat`: drives every client against samsa in a process of its own, with REFERENCE=apache against Apache Kafka
 * as well. A case that fails fails the run, unless the client's folder lists it with a reason.
 */
import { parseArgs } from 'node:util'
import { suites } from './suites.ts'
import { apacheBroker } from './support/apache.ts'
import type { BrokerProcess } from './support/broker.ts'
import type { SuiteResult } from './support/report.ts'
import { compatTable, indent, remarks, totals } from './support/report.ts'
import { runSuite } from './support/run-suite.ts'
import { samsaBroker } from './support/samsa.ts'
import type { Suite } from './support/suite.ts'

const { values: options } = parseArgs({
  options: {
    client: { type: 'string', default: process.env.CLIENT ?? '' },
    reference: { type: 'string', default: process.env.REFERENCE ?? '' },
    brokers: { type: 'string' },
    case: { type: 'string' },
    smoke: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const usage = `usage: make compat [CLIENT=name[,name]] [REFERENCE=apache]
  --client a,b      clients to run: ${Object.keys(suites).join(', ')}
  --reference apache  run against Apache Kafka beside samsa
  --brokers a,b     exactly these: samsa, apache
  --case text       only cases whose name contains the text
  --smoke           the small part that every test run has
  --json            results as JSON on standard output; progress goes to standard error`

const brokerFactories: Record<string, (properties?: Record<string, string>) => Promise<BrokerProcess>> = {
  samsa: (properties) => samsaBroker({ properties }),
  apache: (properties) => apacheBroker({ properties }),
}

async function main(): Promise<number> {
  if (options.help) {
    console.log(usage)
    return 0
  }
  const clients = options.client ? options.client.split(',') : Object.keys(suites)
  const products = (options.brokers ?? (options.reference === 'apache' ? 'samsa,apache' : 'samsa')).split(',')
  const unknown = [
    ...clients.filter((name) => !(name in suites)),
    ...products.filter((name) => !(name in brokerFactories)),
  ]
  if (unknown.length > 0) {
    console.error(`There is no ${unknown.join(', ')}.\n${usage}`)
    return 2
  }
  const results: SuiteResult[] = []
  for (const client of clients) {
    for (const product of products) results.push(await runClient(client, product))
  }
  print(results)
  return totals(results).failed > 0 ? 1 : 0
}

async function runClient(client: string, product: string): Promise<SuiteResult> {
  const suite = await suites[client]()
  if ('skipped' in suite) return { client, version: '', broker: product, cases: [], skipped: suite.skipped }
  const result: SuiteResult = { client, version: suite.version, broker: product, cases: [] }
  try {
    result.cases = await drive(suite, product)
  } catch (error) {
    result.cases.push({ name: 'the broker starts', verdict: 'failed', milliseconds: 0, reason: String(error) })
  } finally {
    await suite.close?.()
  }
  return result
}

async function drive(suite: Suite, product: string): Promise<SuiteResult['cases']> {
  const broker = await brokerFactories[product](suite.properties)
  try {
    await broker.start()
    return await runSuite(suite, broker, {
      smoke: options.smoke,
      only: options.case,
      report(result) {
        const place = `${broker.product} ${suite.client}: ${result.name} (${result.milliseconds} ms)`
        console.error(`${result.verdict.padEnd(14)}${place}`)
        if (result.verdict === 'failed') console.error(indent(result.reason ?? ''))
      },
    })
  } finally {
    await broker.dispose()
  }
}

function print(results: readonly SuiteResult[]): void {
  const sums = totals(results)
  if (options.json) {
    console.log(JSON.stringify({ totals: sums, results }, null, 2))
    return
  }
  const notes = remarks(results)
  console.log(`\n${compatTable(results)}\n${notes ? `\n${notes}\n` : ''}`)
  console.log(`compat: ${sums.passed} passed, ${sums.failed} failed, ${sums.skipped + sums.knownFailures} skipped`)
}

// A client library may keep timers or sockets of a case that hung: the verdict is in, so the process ends here.
process.exit(await main())
