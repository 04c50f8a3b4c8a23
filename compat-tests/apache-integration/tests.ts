import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A class of Apache's integration tests, and those of its tests that pass on Apache Kafka from outside. */
export interface TestClass {
  /** With its package. */
  name: string
  tests: string[]
}

/**
 * The files of the baseline. Three name the modules that classes come from, roughly; their tests have one broker, whatever they
 * ask for. Those of `core` stand on `QuorumTestHarness` and have as many as they ask for, under a controller in their own process.
 * The tests of the last one ask for several and have them, under a controller in another one.
 */
export const partsOfOneBroker = ['requests', 'clients', 'tools', 'core'] as const
export const partsOfSeveralBrokers = ['several-brokers'] as const
export type Part = (typeof partsOfOneBroker | typeof partsOfSeveralBrokers)[number]

export const isOfSeveralBrokers = (part: Part): boolean => partsOfSeveralBrokers.some((each) => each === part)

const heading = `# Apache Kafka passes these when its broker is another process. Written by baseline.ts: a class a line, below it its tests.
`

export const baselinePath = (part: Part): string => join(import.meta.dirname, `baseline/${part}.txt`)

export function readBaseline(part: Part): TestClass[] {
  const classes: TestClass[] = []
  for (const line of readFileSync(baselinePath(part), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('  ')) classes.at(-1)!.tests.push(`${shortName(classes.at(-1)!.name)}.${line.trim()}`)
    else classes.push({ name: line, tests: [] })
  }
  return classes
}

export function baselineText(classes: readonly TestClass[]): string {
  const lines = classes.flatMap(({ name, tests }) => [
    name,
    ...[...tests].sort().map((test) => `  ${test.slice(shortName(name).length + 1)}`),
  ])
  return `${heading}${lines.join('\n')}\n`
}

/** As names of tests have it. */
export const shortName = (className: string): string => className.replace(/^org\.apache\.kafka\./, '')

/** `clients.SomeTest.testThat[1:1broker]` is an invocation of `clients.SomeTest.testThat`. */
export const methodOf = (test: string): string => test.replace(/\[.*/, '')
