/**
 * Runs a predicate that a person has written on records, in a worker whose own content security policy lets it compute and
 * nothing else: it reaches no network and no document.
 */
import { unchecked } from '../../protocol/unchecked.ts'

export interface PredicateRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: unknown
  readonly value: unknown
  readonly headers: Readonly<Record<string, string | null>>
}

type Question = { readonly id: number; readonly code: string; readonly records: readonly PredicateRecord[] }

interface WorkerScope {
  onmessage: (event: { data: Question }) => void
  postMessage(answer: unknown): void
}
const scope = unchecked<WorkerScope>(self)

scope.onmessage = ({ data: { id, code, records } }) => {
  try {
    // An expression, or the body of a function that returns something.
    const body = /\breturn\b/.test(code) ? code : `return (${code})`
    const words = `"use strict"; const { key, value, headers, partition, offset, timestamp } = record; ${body}`
    const predicate = new Function('record', words) as (record: PredicateRecord) => unknown
    scope.postMessage({ id, matches: records.map((record) => matchOf(predicate, record)) })
  } catch (error) {
    scope.postMessage({ id, error: String(error) })
  }
}

/** A predicate fails on records of another form: those do not match. */
function matchOf(predicate: (record: PredicateRecord) => unknown, record: PredicateRecord): boolean {
  try {
    return Boolean(predicate(record))
  } catch (error) {
    if (error instanceof SyntaxError) throw error
    return false
  }
}
