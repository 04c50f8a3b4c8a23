import { availableParallelism } from 'node:os'
import { apacheIntegrationTests } from '../../scripts/toolchain/apache-integration.ts'
import type { JavaLibraries } from '../../scripts/toolchain/maven.ts'
import type { Product } from '../support/report.ts'
import type { Case, SkippedSuite, Suite } from '../support/suite.ts'
import { IntegrationRun } from './run.ts'
import { Schedule, type WantedTest } from './schedule.ts'
import { isOfSeveralBrokers, type Part, partsOfOneBroker, partsOfSeveralBrokers, readBaseline } from './tests.ts'

/** A class of tests mostly waits, and keeps half a core busy. */
const slots = Number(process.env.PARALLEL ?? Math.min(2, availableParallelism()))
/** A case may wait for its class to begin and for its second attempt. */
const longestCaseMs = 2_700_000

/** The tests that are content with one broker, under every number that they ask for. */
export const loadSuite = () => suiteOf('apache-integration', partsOfOneBroker)

/** The tests that ask for several brokers, on as many: of the judged product, under a controller of Apache Kafka. */
export const loadSuiteOfSeveralBrokers = () => suiteOf('apache-integration-cluster', partsOfSeveralBrokers)

async function suiteOf(client: string, parts: readonly Part[]): Promise<Suite | SkippedSuite> {
  const lookup = await apacheIntegrationTests()
  if (!lookup.ok) return { client, skipped: lookup.reason }
  const wanted = parts.flatMap(readBaseline).flatMap(({ name, tests }): WantedTest[] => {
    return tests.map((test) => ({ name: test, className: name }))
  })
  const execution = new Execution(lookup.tool, wanted, parts.some(isOfSeveralBrokers))
  return {
    client,
    version: lookup.tool.version,
    cases: wanted.map(({ name }): Case => ({ name, timeoutMs: longestCaseMs, run: () => execution.requirePass(name) })),
    begin: (selected, broker) => execution.begin(selected, broker.product),
    close: () => execution.close(),
  }
}

/** The tests of one run of the suite. */
class Execution {
  readonly #libraries: JavaLibraries
  readonly #wanted: readonly WantedTest[]
  readonly #several: boolean
  #run: IntegrationRun | null = null
  #schedule: Schedule | null = null

  constructor(libraries: JavaLibraries, wanted: readonly WantedTest[], several: boolean) {
    this.#libraries = libraries
    this.#wanted = wanted
    this.#several = several
  }

  async begin(selected: readonly Case[], product: Product): Promise<void> {
    const names = new Set(selected.map(({ name }) => name))
    const wanted = this.#wanted.filter(({ name }) => names.has(name))
    this.#run = await IntegrationRun.start(this.#libraries, { product, several: this.#several }, slots)
    this.#schedule = new Schedule(this.#run, wanted, slots)
  }

  async requirePass(name: string): Promise<void> {
    const { verdict, reason } = await this.#schedule!.outcome(name)
    if (verdict !== 'passed') throw new Error(`${verdict}: ${reason ?? 'without a reason'}`)
  }

  async close(): Promise<void> {
    const stopping = this.#schedule?.stop()
    const left = await this.#run?.close()
    await stopping
    if (left) console.error(`stack traces and logs of brokers of the tests that failed are in ${left}`)
  }
}
