import type { Bench, BenchCase, Metrics } from './bench-case.ts'
import { clusterCases } from './cases/cluster.ts'
import { MEMORY, START } from './cases/index.ts'
import { warmUp } from './cases/produce.ts'
import { median } from './load/statistics.ts'
import type { Product, Target } from './targets.ts'
import { startTarget, whileRunning } from './targets.ts'

/** The figures of one round for one product in one case. */
export interface Finding {
  case: string
  product: Product
  round: number
  metrics: Metrics
}

/** The order in which they take turns in each round: A B A B, and the limits beside them. */
const besideApache: readonly Product[] = ['samsa', 'apache', 'floor', 'sink', 'echo']
/** Neither of two builds is always the first one to find the machine warm. */
const besideBefore: readonly (readonly Product[])[] = [
  ['samsa', 'before'],
  ['before', 'samsa'],
]
const LOADED_CASE = 'produce/base'

export type Progress = (text: string) => void

/** Every round starts every product anew, on fresh data, and runs all cases on it before the next has its turn. */
export async function runRounds(bench: Bench, cases: readonly BenchCase[], progress: Progress): Promise<Finding[]> {
  const findings: Finding[] = []
  for (let round = 1; round <= bench.scale.rounds; round++) {
    const turns = bench.isBesideBefore ? besideBefore[round % besideBefore.length] : besideApache
    for (const product of turns) {
      const own = cases.filter((one) => one.products.includes(product === 'before' ? 'samsa' : product))
      if (own.length === 0) continue
      const say: Progress = (text) => progress(`round ${round}/${bench.scale.rounds}  ${product.padEnd(6)}  ${text}`)
      for (const [name, metrics] of await runTurn(product, own, bench, say)) {
        findings.push({ case: name, product, round, metrics })
      }
    }
  }
  return findings
}

async function runTurn(
  product: Product,
  cases: readonly BenchCase[],
  bench: Bench,
  say: Progress,
): Promise<Map<string, Metrics>> {
  const target = await startTarget(product)
  return whileRunning(target, async () => {
    const found = new Map<string, Metrics>()
    const isBroker = product === 'samsa' || product === 'before' || product === 'apache'
    if (isBroker) {
      found.set(START, { startMs: target.startMs })
      say(`first answer after ${target.startMs.toFixed(0)} ms, idle at ${target.idleMb.toFixed(0)} MB`)
    }
    if (product !== 'sink' && product !== 'echo') await warmUp(target, bench)
    for (const one of cases) {
      const metrics = await one.run(target, bench)
      found.set(one.name, metrics)
      say(`${one.name}  ${brief(metrics)}`)
    }
    if (isBroker) found.set(MEMORY, memory(target, found))
    return found
  })
}

function memory(target: Target, found: ReadonlyMap<string, Metrics>): Metrics {
  // That of a cluster is the sum of three brokers.
  const ofOne = [...found].filter(([name]) => !clusterCases.some((one) => one.name === name))
  const peaks = ofOne.flatMap(([, { peakMb }]) => peakMb ?? [])
  const loaded = found.get(LOADED_CASE)?.peakMb
  const metrics: Metrics = { idleMb: target.idleMb }
  if (loaded !== undefined) metrics.loadedMb = loaded
  if (peaks.length > 0) metrics.peakMb = Math.max(...peaks)
  return metrics
}

function brief(metrics: Metrics): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${value.toFixed(value < 10 ? 2 : 0)}`)
    .join('  ')
}

/** Medians over the rounds: case → product → metric. */
export type Medians = Map<string, Map<Product, Metrics>>

export function medians(findings: readonly Finding[]): Medians {
  const result: Medians = new Map()
  for (const { case: name, product } of findings) {
    const products = result.get(name) ?? new Map<Product, Metrics>()
    result.set(name, products)
    if (products.has(product)) continue
    const same = findings.filter((one) => one.case === name && one.product === product)
    const names = Object.keys(same[0].metrics)
    const middle = names.map((metric) => [metric, median(same.map((one) => one.metrics[metric]))])
    products.set(product, Object.fromEntries(middle))
  }
  return result
}
