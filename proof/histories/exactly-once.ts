import type { Key } from './history.ts'

/** A record that was to be processed. */
export interface Input {
  readonly offset: number
  readonly key: string
}

/** A record that somebody made of an input and committed, in the order of its log. */
export interface Output {
  readonly source: { readonly log: Key; readonly offset: number }
  readonly key: string
}

/**
 * Holds committed outputs against the committed inputs that they were made of: each input must have become one output,
 * and the outputs of a key must stand in the order of their inputs. Says what is not so.
 */
export function judgeExactlyOnce(
  inputs: ReadonlyMap<Key, readonly Input[]>,
  outputs: ReadonlyMap<Key, readonly Output[]>,
): string[] {
  const problems: string[] = []
  const madeOf = countOutputs(outputs)
  for (const [log, records] of inputs) {
    for (const { offset } of records) {
      const name = nameOf(log, offset)
      const count = madeOf.get(name) ?? 0
      madeOf.delete(name)
      if (count === 0) problems.push(`nothing was made of ${name}`)
      if (count > 1) problems.push(`${count} outputs were made of ${name}`)
    }
  }
  for (const name of madeOf.keys()) problems.push(`something was made of ${name}, which is not committed`)
  for (const [log, records] of outputs) problems.push(...reordered(log, records))
  return problems
}

function countOutputs(outputs: ReadonlyMap<Key, readonly Output[]>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const records of outputs.values()) {
    for (const { source } of records) {
      const name = nameOf(source.log, source.offset)
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  return counts
}

function* reordered(log: Key, records: readonly Output[]): Generator<string> {
  const last = new Map<string, Output['source']>()
  for (const { key, source } of records) {
    const before = last.get(key)
    last.set(key, source)
    if (before === undefined || before.log !== source.log || before.offset < source.offset) continue
    const names = `${nameOf(source.log, source.offset)} after that of ${nameOf(before.log, before.offset)}`
    yield `${log} has the output of ${names}, both of ${key}`
  }
}

const nameOf = (log: Key, offset: number) => `${log}@${offset}`
