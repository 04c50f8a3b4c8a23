/**
 * A change of the registry, decided by a pure function of the state as the whole log gives it: the records to append, in
 * one batch, and the answer when they have been replayed. Nothing to append: the answer holds as it is.
 */
import type { Settings } from '../settings.ts'
import type { LogRecord } from '../state/log-records.ts'
import type { RegistryState } from '../state/registry-state.ts'
import type { SchemaParser } from './schema-parser.ts'

export interface Change<Answer> {
  readonly records: readonly LogRecord[]
  readonly answer: Answer
}

export const nothingToDo = <Answer>(answer: Answer): Change<Answer> => ({ records: [], answer })

/** All that an operation may look at. */
export interface View {
  readonly state: RegistryState
  readonly parser: SchemaParser
  readonly settings: Settings
}
