import type { Metrics } from '../bench-case.ts'
import { MEMORY, START } from '../cases/index.ts'
import { say } from '../metrics.ts'
import type { Medians } from '../rounds.ts'
import type { Product } from '../targets.ts'

/** An aim, and what a run says of it. */
export interface Aim {
  words: string
  case: string
  metric: string
  /** Beside what: Apache in the same run, the floor broker, or nothing. */
  beside: 'apache' | 'floor' | null
  atMost?: number
  atLeast?: number
  /** Where it stands beside nothing; MB when absent. */
  unit?: { readonly name: string; readonly digits: number }
}

const MEGABYTES = { name: ' MB', digits: 0 }
const MULTIPLE = { name: '×', digits: 2 }

const MB_PER_S = 'mbPerS'
const CPU = 'cpuSPerGb'
const WATCHED = 'watched/produce'

export const aims: readonly Aim[] = [
  { words: 'produce 1 KB, CPU', case: 'produce/base', metric: CPU, beside: 'apache', atMost: 0.35 },
  { words: 'produce 100 B, CPU', case: 'produce/100B', metric: CPU, beside: 'apache', atMost: 0.35 },
  { words: 'produce 1 KB, throughput', case: 'produce/base', metric: MB_PER_S, beside: 'apache', atLeast: 1.3 },
  { words: 'produce 100 B, throughput', case: 'produce/100B', metric: MB_PER_S, beside: 'apache', atLeast: 1.3 },
  { words: 'consume at the tail, CPU', case: 'consume/tail', metric: CPU, beside: 'apache', atMost: 0.6 },
  { words: 'consume at the tail, throughput', case: 'consume/tail', metric: MB_PER_S, beside: 'apache', atLeast: 1.2 },
  { words: 'catch up, CPU', case: 'consume/catch-up', metric: CPU, beside: 'apache', atMost: 0.6 },
  { words: 'catch up, throughput', case: 'consume/catch-up', metric: MB_PER_S, beside: 'apache', atLeast: 1.2 },
  { words: 'end to end, p50', case: 'latency/end-to-end', metric: 'p50Ms', beside: 'apache', atMost: 0.5 },
  { words: 'end to end, p99', case: 'latency/end-to-end', metric: 'p99Ms', beside: 'apache', atMost: 0.25 },
  { words: 'transactions, throughput', case: 'transactions/bulk', metric: MB_PER_S, beside: 'apache', atLeast: 1.2 },
  { words: 'begin to committed, p50', case: 'transactions/short', metric: 'p50Ms', beside: 'apache', atMost: 0.5 },
  { words: 'share groups, throughput', case: 'share/fetch', metric: MB_PER_S, beside: 'apache', atLeast: 1.2 },
  { words: 'share groups, CPU', case: 'share/fetch', metric: CPU, beside: 'apache', atMost: 0.5 },
  { words: 'acknowledgement of records, p99', case: 'share/commit', metric: 'p99Ms', beside: 'apache', atMost: 0.5 },
  {
    words: 'acknowledgement of records at 100 MB/s, p99',
    case: 'share/commit-steadily',
    metric: 'p99Ms',
    beside: 'apache',
    atMost: 0.5,
  },
  {
    words: 'a proxy on the way adds, p50',
    case: 'proxy/produce',
    metric: 'proxyAddsMs',
    beside: null,
    atMost: 0.3,
    unit: { name: ' ms', digits: 2 },
  },
  { words: 'memory under load', case: MEMORY, metric: 'loadedMb', beside: null, atMost: 200 },
  {
    words: 'watched beside unwatched, throughput',
    case: WATCHED,
    metric: 'watchedRate',
    beside: null,
    atLeast: 0.99,
    unit: MULTIPLE,
  },
  { words: 'watched beside unwatched, memory', case: WATCHED, metric: 'watchedMb', beside: null, atMost: 15 },
  { words: 'produce over TLS, CPU', case: 'security/produce-ssl', metric: CPU, beside: 'apache', atMost: 0.6 },
  {
    words: 'produce over TLS, throughput',
    case: 'security/produce-ssl',
    metric: MB_PER_S,
    beside: 'apache',
    atLeast: 1.2,
  },
  { words: 'consume over TLS, CPU', case: 'security/consume-ssl', metric: CPU, beside: 'apache', atMost: 0.6 },
  {
    words: 'consume over TLS, throughput',
    case: 'security/consume-ssl',
    metric: MB_PER_S,
    beside: 'apache',
    atLeast: 1.2,
  },
  { words: 'a login, p99', case: 'security/login', metric: 'p99Ms', beside: 'apache', atMost: 0.5 },
  {
    words: '10,000 ACLs, throughput',
    case: 'security/acls',
    metric: 'aclsRate',
    beside: null,
    atLeast: 0.97,
    unit: MULTIPLE,
  },
  { words: 'start', case: START, metric: 'startMs', beside: 'apache', atMost: 1 / 12 },
  { words: 'CPU beside the floor, 1 KB', case: 'produce/base', metric: CPU, beside: 'floor', atMost: 1.4 },
  // The floor does not walk over records: 0.15 s/GB at 100 B come on top of its multiple.
  { words: 'CPU beside the floor, 100 B', case: 'produce/100B', metric: CPU, beside: 'floor', atMost: 1.4 },
]

const WALK_S_PER_GB: Record<string, number> = { 'produce/100B': 0.15, 'produce/base': 0.015 }

export interface Judged {
  words: string
  aim: string
  reference: string
  samsa: string
  result: string
  isMet: boolean
}

/** The aims for which this run has both sides. */
export function judge(results: Medians): Judged[] {
  return aims.flatMap((aim) => {
    const of = (product: Product): number | undefined => (results.get(aim.case)?.get(product) as Metrics)?.[aim.metric]
    const samsa = of('samsa')
    const reference = aim.beside === null ? undefined : of(aim.beside)
    if (samsa === undefined || (aim.beside !== null && reference === undefined)) return []
    const walk = aim.beside === 'floor' ? (WALK_S_PER_GB[aim.case] ?? 0) : 0
    const result = reference === undefined ? samsa : (samsa - walk) / reference
    const isMet = aim.atMost === undefined ? result >= aim.atLeast! : result <= aim.atMost
    const { name, digits } = reference === undefined ? (aim.unit ?? MEGABYTES) : MULTIPLE
    const shown = (value: number): string => `${value.toFixed(digits)}${name}`
    return {
      words: aim.words,
      aim: aim.atMost === undefined ? `at least ${shown(aim.atLeast!)}` : `at most ${shown(aim.atMost)}`,
      reference: reference === undefined ? '' : `${say(aim.metric, reference)} (${aim.beside})`,
      samsa: say(aim.metric, samsa),
      result: shown(result),
      isMet,
    }
  })
}
