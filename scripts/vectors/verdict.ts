import { AssertionError } from 'node:assert/strict'
import { errorName, KafkaError } from '../../protocol/errors.ts'
import * as errors from '../../protocol/records/errors.ts'

/** How Kafka refused something, as the vectors write it; `invalid` and `recordErrors` when single records were at fault. */
export interface Verdict {
  readonly exception: string
  readonly error: string
  readonly invalid?: string
  readonly recordErrors?: number
}

/** Apache's names of our errors. What it has no verdict for fails there with whatever the code runs into. */
const EXCEPTIONS = new Map<string, string>([
  [errors.CorruptRecordError.name, 'CorruptRecordException'],
  [errors.InvalidRecordError.name, 'InvalidRecordException'],
  [errors.RecordTooLargeError.name, 'RecordTooLargeException'],
  [errors.RecordValidationError.name, 'RecordValidationException'],
  [errors.UnsupportedCompressionTypeError.name, 'UnsupportedCompressionTypeException'],
])
const INVALID = new Map<string, string>([
  ['INVALID_RECORD', 'InvalidRecordException'],
  ['INVALID_TIMESTAMP', 'InvalidTimestampException'],
])
const UNNAMED_ERROR = 'UNKNOWN_SERVER_ERROR'

/** The refusal that `body` throws, or undefined when it throws none. Failed assertions and bugs go through. */
export function verdict(body: () => void): Verdict | undefined {
  try {
    body()
    return undefined
  } catch (error) {
    if (error instanceof AssertionError || !(error instanceof KafkaError)) throw error
    const name = errorName(error.code)
    const exception = EXCEPTIONS.get(error.name) ?? UNNAMED_ERROR
    if (!(error instanceof errors.RecordValidationError)) return { exception, error: name }
    return { exception, error: name, invalid: INVALID.get(name), recordErrors: error.recordErrors.length }
  }
}

/** The exception as `Verdict` has it. */
export function exceptionName(javaClass: string | undefined): string | undefined {
  return javaClass === undefined || [...EXCEPTIONS.values()].includes(javaClass) ? javaClass : UNNAMED_ERROR
}

/** The names of Java's classes say nothing where Kafka has no verdict: they are all one then. */
export function withoutUnnamed<T>(expected: T): T | Verdict {
  const refused = expected as Partial<Verdict> | null
  if (typeof refused !== 'object' || refused?.error !== UNNAMED_ERROR) return expected
  return { exception: UNNAMED_ERROR, error: UNNAMED_ERROR }
}
