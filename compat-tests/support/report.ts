import type { CaseResult, Verdict } from './run-suite.ts'

/** One client against one broker. */
export interface SuiteResult {
  client: string
  version: string
  broker: string
  cases: CaseResult[]
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

export function compatTable(results: readonly SuiteResult[]): string {
  const rows = results.map((result) => {
    const sums = totals([result])
    const numbers = [sums.passed, sums.failed, sums.knownFailures].map(String)
    return [
      result.client,
      result.version,
      result.broker,
      ...numbers,
      result.skipped ? `skipped: ${result.skipped}` : '',
    ]
  })
  return table(['client', 'version', 'broker', 'passed', 'failed', 'known', ''], rows, [3, 4, 5])
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
