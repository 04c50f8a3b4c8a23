import type { Anomaly } from './anomalies.ts'
import type { Work } from './history.ts'
import type { Analysis } from './logs.ts'
import { nameOf } from './values.ts'

type Graph = Map<Work, Set<Work>>

/**
 * Transactions that cannot have happened one after another. Reads alone make G1c: with the order of writes in it, it
 * would be as normal in Kafka as G0 is.
 */
export function* cycleAnomalies(analysis: Analysis): Generator<Anomaly> {
  yield* cycles('G0', writesBehindWrites(analysis), 'writes behind')
  yield* cycles('G1c', readsOfWrites(analysis), 'is read by')
  yield* writesAgainstTime(analysis)
}

/** Each value's writer comes after that of the value before it. */
function writesBehindWrites({ logs, writers }: Analysis): Graph {
  const graph: Graph = new Map()
  for (const { order } of logs.values()) {
    for (let index = 1; index < order.length; index++) {
      connect(graph, writers.get(order[index - 1]), writers.get(order[index]))
    }
  }
  return graph
}

function readsOfWrites({ readers, writers }: Analysis): Graph {
  const graph: Graph = new Map()
  for (const [value, works] of readers) {
    for (const reader of works) connect(graph, writers.get(value), reader)
  }
  return graph
}

function connect(graph: Graph, from: Work | undefined, to: Work | undefined): void {
  if (from === undefined || to === undefined || from === to) return
  const targets = graph.get(from)
  if (targets) targets.add(to)
  else graph.set(from, new Set([to]))
}

/** The work that ended first of all that stand behind an offset must not have ended before those before it began. */
function* writesAgainstTime({ logs, writers }: Analysis): Generator<Anomaly> {
  for (const { key, order } of logs.values()) {
    let latest: { work: Work; value: string } | undefined
    for (const value of order) {
      const work = writers.get(value)
      if (work === undefined) continue
      if (latest && work.completedMs < latest.work.invokedMs) {
        const text = `${value} stands in ${key} behind ${latest.value}, whose writer began when that of it had ended`
        yield { type: 'G0-realtime', text }
      }
      if (latest === undefined || work.invokedMs > latest.work.invokedMs) latest = { work, value }
    }
  }
}

function* cycles(type: 'G0' | 'G1c', graph: Graph, verb: string): Generator<Anomaly> {
  for (const component of connectedComponents(graph)) {
    if (component.length > 1) yield { type, text: component.map(nameOf).join(` ${verb} `) }
  }
}

interface Visit {
  readonly work: Work
  readonly targets: Iterator<Work>
}

/** Tarjan's strongly connected components, with a stack of its own: histories are longer than call stacks. */
function connectedComponents(graph: Graph): Work[][] {
  const components: Work[][] = []
  const numbers = new Map<Work, number>()
  const lowest = new Map<Work, number>()
  const open: Work[] = []
  const isOpen = new Set<Work>()
  const lower = (work: Work, number: number) => lowest.set(work, Math.min(lowest.get(work) as number, number))
  const enter = (work: Work): Visit => {
    numbers.set(work, numbers.size)
    lowest.set(work, numbers.size - 1)
    open.push(work)
    isOpen.add(work)
    return { work, targets: (graph.get(work) ?? []).values() as Iterator<Work> }
  }
  const leave = (work: Work) => {
    if (lowest.get(work) !== numbers.get(work)) return
    const component = open.splice(open.lastIndexOf(work))
    for (const each of component) isOpen.delete(each)
    components.push(component)
  }
  for (const root of graph.keys()) {
    if (numbers.has(root)) continue
    const visits = [enter(root)]
    for (let visit = visits.at(-1); visit; visit = visits.at(-1)) {
      const { value: target, done } = visit.targets.next()
      if (done) {
        visits.pop()
        leave(visit.work)
        const parent = visits.at(-1)
        if (parent) lower(parent.work, lowest.get(visit.work) as number)
      } else if (!numbers.has(target)) visits.push(enter(target))
      else if (isOpen.has(target)) lower(visit.work, numbers.get(target) as number)
    }
  }
  return components
}
