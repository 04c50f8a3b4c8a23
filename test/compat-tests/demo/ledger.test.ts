import t from 'tap'
import { Ledger } from '../../../compat-tests/demo/ledger.ts'
import type { GivenRecord } from '../../../compat-tests/demo/member.ts'

const sent = [
  { key: 'a', value: 'one' },
  { key: 'b', value: 'two' },
  { key: 'a', value: 'three' },
]
const records: GivenRecord[] = sent.map(({ key, value }, offset) => [offset, key, value])
const given = (atMs: number, from: number, to = 3) =>
  ({ kind: 'given', atMs, partition: 0, records: records.slice(from, to) }) as const
const committed = (atMs: number, nextOffset: number) => ({ kind: 'committed', atMs, partition: 0, nextOffset }) as const

function judge(...events: Parameters<Ledger['record']>[0][]) {
  const ledger = new Ledger()
  for (const event of events) ledger.record(event)
  return ledger.judge(sent)
}

const clean = { given: 3, commits: 0, repeatedCommitted: 0, repeatedUncommitted: 0, outOfOrder: 0, wrongKeys: [] }

t.test('work that went well', async (t) => {
  const verdict = judge(given(1, 0, 2), committed(2, 2), given(3, 2), committed(4, 3))
  t.same(verdict, { ...clean, commits: 2 })
})

t.test('what comes again before its commit was acknowledged is allowed', async (t) => {
  const verdict = judge(given(1, 0, 2), given(2, 0), committed(3, 3))
  t.same(verdict, { ...clean, given: 5, commits: 1, repeatedUncommitted: 2 })
})

t.test('what comes again after its commit was acknowledged is not', async (t) => {
  const verdict = judge(given(1, 0), committed(2, 3), given(3, 2))
  t.same(verdict, { ...clean, given: 4, commits: 1, repeatedCommitted: 1 })
})

t.test('the clock decides, not the order in which processes were heard', async (t) => {
  const verdict = judge(committed(5, 3), given(1, 0))
  t.same(verdict, { ...clean, commits: 1 })
})

t.test('a lost line and a line out of turn', async (t) => {
  t.same(judge(given(1, 0, 2)), { ...clean, given: 2, wrongKeys: ['a'] })
  t.same(judge(given(1, 1), given(2, 0, 1)), { ...clean, repeatedUncommitted: 1, outOfOrder: 1, wrongKeys: ['a'] })
})
