import type { CaseResult, Verdict } from './run-suite.ts'

export type Product = 'samsa' | 'apache'

/** One client against one broker. */
export interface SuiteResult {
  client: string
  version: string
  broker: Product
  brokerVersion: string
  cases: CaseResult[]
  /** Names of cases that are in the suite and not for this broker. */
  otherCases: string[]
  /** The time of the whole client, with the start of its broker. */
  milliseconds: number
  /** The whole client was left out. */
  skipped?: string
}

export interface Totals {
  passed: number
  failed: number
  knownFailures: number
  skipped: number
}

export function totals(results: readonly SuiteResult[]): Totals {
  const count = (verdict: Verdict) =>
    results.reduce((sum, result) => sum + result.cases.filter((one) => one.verdict === verdict).length, 0)
  return {
    passed: count('passed'),
    failed: count('failed'),
    knownFailures: count('known failure'),
    skipped: count('skipped') + results.filter((result) => result.skipped).length,
  }
}

/** Rows of text with columns as wide as they need to be; columns named in `right` align to the right. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const all = [header, header.map(() => ''), ...rows]
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column].length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (right.includes(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return [line(header), rule, ...rows.map(line)].join('\n')
}

/** One line a client: what each broker's run of it found, side by side. */
export function compatTable(results: readonly SuiteResult[]): string {
  const products = [...new Set(results.map((result) => result.broker))]
  const clients = [...new Set(results.map((result) => result.client))]
  const header = ['client', 'version', ...products.flatMap((product) => [product, 'failed', 'skipped', 'seconds']), '']
  const rows = clients.map((client) => {
    const runs = products.map((product) => results.find((one) => one.client === client && one.broker === product))
    const version = runs.find((run) => run?.version)?.version ?? ''
    return [client, version, ...runs.flatMap(cells), runs.find((run) => run?.skipped)?.skipped ?? '']
  })
  return table(
    header,
    rows,
    header.slice(2, -1).map((_, i) => i + 2),
  )
}

function cells(result: SuiteResult | undefined): string[] {
  if (result === undefined || result.skipped !== undefined) return ['', '', '', '']
  const { passed, failed, skipped, knownFailures } = totals([result])
  const seconds = Math.round(result.milliseconds / 1_000)
  return [`${passed} passed`, ...[failed, skipped + knownFailures, seconds].map(String)]
}

/** Every failure and every known one with its reason. */
export function remarks(results: readonly SuiteResult[]): string {
  const lines: string[] = []
  for (const result of results) {
    for (const one of result.cases) {
      if (one.verdict === 'passed') continue
      lines.push(`${one.verdict}: ${result.client} on ${result.broker}: ${one.name}`, indent(one.reason ?? ''))
    }
  }
  return lines.join('\n')
}

export const indent = (text: string): string => text.replace(/^/gm, '    ')
