import { table } from '../../support/report.ts'
import type { BenchCase, Metrics } from '../bench-case.ts'
import { MEMORY, START } from '../cases/index.ts'
import { metrics, say } from '../metrics.ts'
import { type Finding, type Medians, medians } from '../rounds.ts'

/** One metric of one case: what each product did, and samsa beside Apache. */
export interface Row {
  case: string
  words: string
  metric: string
  apache?: number
  samsa?: number
  floor?: number
  limit?: number
}

const wordsOfUnasked: Record<string, string> = {
  [START]: 'start on fresh data to the first answered Metadata',
  [MEMORY]: 'resident memory: idle, in the base case, at most in the round',
}

export function rows(results: Medians, cases: readonly BenchCase[]): Row[] {
  const all: Row[] = []
  for (const [name, products] of results) {
    const words = cases.find((one) => one.name === name)?.words ?? wordsOfUnasked[name]
    const names = new Set([...products.values()].flatMap((found) => Object.keys(found)))
    for (const metric of names) {
      const of = (found: Metrics | undefined): number | undefined => found?.[metric]
      const limit = of(products.get('sink')) ?? of(products.get('echo'))
      const [apache, samsa, floor] = (['apache', 'samsa', 'floor'] as const).map((one) => of(products.get(one)))
      all.push({ case: name, words, metric, apache, samsa, floor, limit })
    }
  }
  return all
}

/** The metrics that were found, case by case, in the order of the cases. */
export function rowsOf(findings: readonly Finding[], cases: readonly BenchCase[]): { name: string; metric: string }[] {
  return rows(medians(findings), cases).map((row) => ({ name: row.case, metric: row.metric }))
}

/** samsa's number as a multiple of Apache's; empty where one is missing. */
export function ratio({ samsa, apache }: Row): string {
  return samsa === undefined || !apache ? '' : `${(samsa / apache).toFixed(2)}×`
}

export function resultTables(results: Medians, cases: readonly BenchCase[]): string {
  const cell = (metric: string, value: number | undefined): string => (value === undefined ? '' : say(metric, value))
  const lines = rows(results, cases).map((row) => [
    row.case,
    metrics[row.metric].label,
    cell(row.metric, row.apache),
    cell(row.metric, row.samsa),
    ratio(row),
    cell(row.metric, row.floor ?? row.limit),
  ])
  return table(['case', 'metric', 'Apache', 'samsa', 'samsa/Apache', 'limit'], lines, [2, 3, 4, 5])
}
