import t from 'tap'
import { merge, regressions } from '../../compat-tests/support/record.ts'
import type { SuiteResult } from '../../compat-tests/support/report.ts'
import type { CaseResult, Verdict } from '../../compat-tests/support/run-suite.ts'

const one = (name: string, verdict: Verdict, reason?: string): CaseResult => ({
  name,
  verdict,
  milliseconds: 1,
  reason,
})

const run = (broker: 'samsa' | 'apache', cases: CaseResult[], more: Partial<SuiteResult> = {}): SuiteResult => ({
  client: 'c',
  version: '1',
  broker,
  brokerVersion: '4',
  cases,
  otherCases: [],
  milliseconds: 1_600,
  ...more,
})

t.test('a run of one broker leaves what is known of the other', async (t) => {
  const samsa = merge(undefined, run('samsa', [one('a', 'passed'), one('b', 'known failure', 'no part')]), '2026-01-02')
  const both = merge(samsa, run('apache', [one('a', 'passed'), one('b', 'passed')]), '2026-01-03')
  t.match(both.cases, [
    { name: 'a', samsa: 'passed', apache: 'passed' },
    { name: 'b', samsa: 'known failure', apache: 'passed', reason: 'no part' },
  ])
  t.same(both.runs.samsa, { brokerVersion: '4', date: '2026-01-02', seconds: 2, skipped: undefined })
})

t.test('cases that left the suite leave the record, those of the other broker alone stay', async (t) => {
  const before = merge(undefined, run('samsa', [one('gone', 'passed'), one('ours', 'passed')]), '2026-01-02')
  const after = merge(before, run('apache', [one('new', 'passed')], { otherCases: ['ours'] }), '2026-01-02')
  t.same(
    after.cases.map(({ name }) => name),
    ['new', 'ours'],
  )
})

t.test('a client that cannot be had keeps its cases', async (t) => {
  const before = merge(undefined, run('samsa', [one('a', 'passed')]), '2026-01-02')
  const after = merge(before, run('samsa', [], { version: '', skipped: 'no JDK' }), '2026-01-03')
  t.match(after, { version: '1', cases: [{ name: 'a', samsa: 'passed' }], runs: { samsa: { skipped: 'no JDK' } } })
})

t.test('what passed and does not pass is lost, also when it is called a known failure', async (t) => {
  const cases = [one('a', 'passed'), one('b', 'passed'), one('c', 'failed')]
  const committed = { c: merge(undefined, run('samsa', cases), '2026-01-02') }
  const now = run('samsa', [one('a', 'known failure'), one('b', 'passed'), one('c', 'failed'), one('d', 'failed')])
  t.same(regressions(committed, [now]), ['c on samsa: a'])
  t.same(regressions(committed, [run('apache', now.cases)]), [])
})

t.test('a reason says what happened, and not where the checkout lies', async (t) => {
  const { stack } = new Error('refused')
  const recorded = merge(undefined, run('samsa', [one('a', 'failed', `${stack}\n  main.go:386`)]), '2026-01-02')
  t.equal(recorded.cases[0].reason, 'Error: refused main.go:386')
})
