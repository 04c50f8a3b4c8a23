import t from 'tap'
import type { Metrics } from '../../../compat-tests/bench/bench-case.ts'
import { cases, MEMORY, START } from '../../../compat-tests/bench/cases/index.ts'
import { metrics } from '../../../compat-tests/bench/metrics.ts'
import { type Aim, aims } from '../../../compat-tests/bench/report/aims.ts'
import { judge } from '../../../compat-tests/bench/report/judge.ts'
import { groupOf, sections } from '../../../compat-tests/bench/report/sections.ts'
import type { Medians } from '../../../compat-tests/bench/rounds.ts'
import type { Product } from '../../../compat-tests/bench/targets.ts'

const results: Medians = new Map([
  [
    'produce/base',
    new Map<Product, Metrics>([
      ['samsa', { cpuSPerGb: 1, mbPerS: 300 }],
      ['apache', { cpuSPerGb: 4, mbPerS: 200 }],
      ['floor', { cpuSPerGb: 0.985 }],
    ]),
  ],
  ['memory/resident', new Map<Product, Metrics>([['samsa', { idleMb: 55.4 }]])],
])

const about = { subject: 'produce', words: '1 KB', case: 'produce/base', beside: 'apache' } as const
const verdict = (aim: Aim) => judge(results, [aim]).map(({ aim, result, isMet }) => [aim, result, isMet])

t.test('an aim beside Apache is one for the ratio to it', async (t) => {
  t.same(judge(results, [{ ...about, metric: 'cpuSPerGb', atMost: 0.22 }]), [
    {
      subject: 'produce',
      words: '1 KB',
      aim: 'at most 0.22×',
      reference: '4.00 (apache)',
      samsa: '1.00',
      result: '0.25×',
      isMet: false,
    },
  ])
  t.same(verdict({ ...about, metric: 'cpuSPerGb', atMost: 0.25 }), [['at most 0.25×', '0.25×', true]])
  t.same(verdict({ ...about, metric: 'mbPerS', atLeast: 1.5 }), [['at least 1.50×', '1.50×', true]])
  t.same(verdict({ ...about, metric: 'mbPerS', atLeast: 1.51 }), [['at least 1.51×', '1.50×', false]])
})

t.test('beside the floor, the walk over records is taken off', async (t) => {
  t.same(verdict({ ...about, beside: 'floor', metric: 'cpuSPerGb', atMost: 1 }), [['at most 1.00×', '1.00×', true]])
})

t.test('an aim beside nothing is one for the value itself', async (t) => {
  const idle = { ...about, case: MEMORY, metric: 'idleMb', beside: null }
  t.same(verdict({ ...idle, atMost: 55 }), [['at most 55 MB', '55 MB', false]])
  t.same(verdict({ ...idle, atMost: 60, unit: { name: ' ms', digits: 1 } }), [['at most 60.0 ms', '55.4 ms', true]])
})

t.test('an aim of which the run has not both sides is left out', async (t) => {
  t.same(verdict({ ...about, case: MEMORY, metric: 'idleMb', atMost: 1 }), [])
  t.same(verdict({ ...about, case: 'produce/gzip', metric: 'cpuSPerGb', atMost: 1 }), [])
  t.same(verdict({ ...about, metric: 'p99Ms', atMost: 1 }), [])
})

t.test('every case has its section in the report', async (t) => {
  const known = sections.map(([group]) => group)
  const names = [...cases.map(({ name }) => name), START, MEMORY]
  t.same(
    names.filter((name) => !known.includes(groupOf(name))),
    [],
  )
})

t.test('every aim is for a case and a metric that there are', async (t) => {
  const names = [...cases.map(({ name }) => name), START, MEMORY]
  t.same(
    aims.filter((aim) => !names.includes(aim.case) || !(aim.metric in metrics)),
    [],
  )
  t.same(
    aims.filter(({ atMost, atLeast }) => (atMost === undefined) === (atLeast === undefined)),
    [],
  )
})
