import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../../scripts/toolchain/lookup.ts'
import type { RecordedCase, RecordedClient, RecordedRun, ResultsRecord } from './recorded.ts'
import type { Product, SuiteResult } from './report.ts'
import { resultsPage } from './results-page.ts'
import type { CaseResult } from './run-suite.ts'

const dataPath = join(repositoryRoot, 'compat-tests/results.json')
const pagePath = join(repositoryRoot, 'compat-tests/RESULTS.md')

/**
 * The record that was last committed: what a run is compared with, however often it has written its own since. Without
 * git, as in an unpacked archive, that is the file in the tree.
 */
export function committedRecord(): ResultsRecord {
  try {
    const args = ['show', 'HEAD:compat-tests/results.json']
    const text = execFileSync('git', args, {
      cwd: repositoryRoot,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return JSON.parse(text)
  } catch {
    return recordInTree()
  }
}

function recordInTree(): ResultsRecord {
  try {
    return JSON.parse(readFileSync(dataPath, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** Enters one client's run into results.json and RESULTS.md; what other runs found stays. */
export function enter(result: SuiteResult, order: readonly string[]): void {
  const record = recordInTree()
  record[result.client] = merge(record[result.client], result, new Date().toISOString().slice(0, 10))
  const known = order.filter((client) => client in record)
  const sorted = Object.fromEntries(known.map((client) => [client, record[client]]))
  writeFileSync(dataPath, `${JSON.stringify(sorted, null, 1)}\n`)
  writeFileSync(pagePath, resultsPage(sorted))
}

export function merge(before: RecordedClient | undefined, result: SuiteResult, date: string): RecordedClient {
  const run: RecordedRun = {
    brokerVersion: result.brokerVersion,
    date,
    seconds: Math.round(result.milliseconds / 1_000),
    skipped: result.skipped,
  }
  const runs = { ...before?.runs, [result.broker]: run }
  // A client that cannot be had here says nothing new of its cases.
  if (result.skipped !== undefined)
    return { version: before?.version || result.version, runs, cases: before?.cases ?? [] }
  const other: Product = result.broker === 'samsa' ? 'apache' : 'samsa'
  const earlier = new Map(before?.cases.map((one) => [one.name, one]))
  const names = new Set(result.cases.map(({ name }) => name))
  const cases = result.cases.map((one) => entry(one, result.broker, other, earlier.get(one.name)))
  // A case may be of one broker alone: those of the other stay where they are still in the suite.
  const others = [...earlier.values()].filter(
    (one) => !names.has(one.name) && result.otherCases.includes(one.name) && one[other] !== undefined,
  )
  return {
    version: result.version,
    runs,
    cases: [...cases, ...others.map((one) => ({ ...one, [result.broker]: undefined }))],
  }
}

function entry(one: CaseResult, broker: Product, other: Product, before: RecordedCase | undefined): RecordedCase {
  const reason = one.verdict === 'passed' ? undefined : firstLines(one.reason)
  const otherReason = before?.[other] === undefined || before[other] === 'passed' ? undefined : before.reason
  return {
    name: one.name,
    smoke: one.smoke || undefined,
    [broker]: one.verdict,
    [other]: before?.[other],
    reason: reason ?? otherReason,
  }
}

/** Without frames of a stack: where a checkout lies is nobody's business. */
const firstLines = (reason = ''): string =>
  reason
    .split('\n')
    .filter((line) => !/^\s*at .+:\d+:\d+\)?$/.test(line))
    .slice(0, 3)
    .map((line) => line.trim())
    .join(' ')
    .replaceAll(`${repositoryRoot}/`, '')
    .trim()

/** Cases that passed in the committed record and do not pass now. */
export function regressions(committed: ResultsRecord, results: readonly SuiteResult[]): string[] {
  return results.flatMap(({ client, broker, cases }) => {
    const before = new Map(committed[client]?.cases.map((one) => [one.name, one[broker]]))
    return cases
      .filter(({ name, verdict }) => before.get(name) === 'passed' && verdict !== 'passed')
      .map(({ name }) => `${client} on ${broker}: ${name}`)
  })
}
