import type { KafkaError } from '../../../../protocol/errors.ts'
import type { ProduceAppend } from './produce-transaction.ts'

/** Holds records to the schemas that are registered for their topics, where the topics ask for it. */
export interface SchemaValidation {
  /** For each append, in their order, the error that refuses it, or null. null in place of all: no topic of them asks. */
  judge(appends: readonly ProduceAppend[]): Promise<readonly (KafkaError | null)[]> | null
}
