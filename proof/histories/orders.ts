import type { Anomaly, AnomalyType } from './anomalies.ts'
import { type History, isWork, type Key, polledByKey, sentByKey, type Work } from './history.ts'
import type { Analysis, Log } from './logs.ts'
import { nameOf } from './values.ts'

/** Anomalies of the order in which one process sends and polls the values of one key. */
export function* orderAnomalies(history: History, analysis: Analysis): Generator<Anomaly> {
  const processes = new Map<string, ProcessOrder>()
  for (const operation of history) {
    let process = processes.get(operation.process)
    if (process === undefined) processes.set(operation.process, (process = new ProcessOrder(analysis)))
    if (isWork(operation)) yield* process.work(operation)
    else if (operation.type === 'crash') process.forget([])
    else process.moved(operation.type === 'assign' ? operation.keys : [])
  }
}

class ProcessOrder {
  readonly #analysis: Analysis
  /** The last value of each key that this process has polled, and the last that it has sent. */
  #polled = new Map<Key, string>()
  #sent = new Map<Key, string>()

  constructor(analysis: Analysis) {
    this.#analysis = analysis
  }

  moved(kept: readonly Key[]): void {
    this.#polled = new Map([...this.#polled].filter(([key]) => kept.includes(key)))
  }

  forget(kept: readonly Key[]): void {
    this.moved(kept)
    this.#sent.clear()
  }

  *work(work: Work): Generator<Anomaly> {
    for (const [key, records] of polledByKey(work)) {
      const values = records.map(({ value }) => value)
      yield* this.#pairs(work, key, this.#polled.get(key), values, POLLS)
      // A process that does not commit its offsets reads from the same place again; where that is, only an answer can
      // tell.
      if (work.outcome === 'ok') this.#polled.set(key, values[values.length - 1])
      else if (work.outcome === 'info') this.#polled.delete(key)
    }
    if (!this.#analysis.happened.has(work)) return
    for (const [key, values] of sentByKey(work)) {
      yield* this.#pairs(work, key, this.#sent.get(key), values, SENDS)
      this.#sent.set(key, values[values.length - 1])
    }
  }

  *#pairs(
    work: Work,
    key: Key,
    before: string | undefined,
    values: readonly string[],
    types: PairTypes,
  ): Generator<Anomaly> {
    const log = this.#analysis.logs.get(key)
    if (log === undefined) return
    for (const [index, value] of values.entries()) {
      const previous = index === 0 ? before : values[index - 1]
      if (previous === undefined) continue
      const type = typeOf(log, previous, value, index === 0 ? types.outer : types.inner)
      if (type) yield { type, text: `${nameOf(work)} ${types.verb} ${value} after ${previous} in ${key}` }
    }
  }
}

interface PairTypes {
  readonly verb: string
  readonly outer: { skip: AnomalyType | null; back: AnomalyType }
  readonly inner: { skip: AnomalyType | null; back: AnomalyType }
}

const POLLS: PairTypes = {
  verb: 'polled',
  outer: { skip: 'poll-skip', back: 'nonmonotonic-poll' },
  inner: { skip: 'int-poll-skip', back: 'int-nonmonotonic-poll' },
}
/** Between two sends of a process others send too. */
const SENDS: PairTypes = {
  verb: 'sent',
  outer: { skip: null, back: 'nonmonotonic-send' },
  inner: { skip: 'int-send-skip', back: 'int-nonmonotonic-send' },
}

/** By how far the second value stands behind the first; one of unknown place is where it should be. */
function typeOf(
  { indexes }: Log,
  first: string,
  second: string,
  { skip, back }: PairTypes['outer'],
): AnomalyType | null {
  const [from, to] = [indexes.get(first), indexes.get(second)]
  if (from === undefined || to === undefined) return null
  if (to > from + 1) return skip
  return to <= from ? back : null
}
