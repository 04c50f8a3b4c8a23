import type { AppendVerdict, ProduceAppend } from './produce-transaction.ts'

/** Holds records to the schemas that are registered for their topics, where the topics ask for it. */
export interface SchemaValidation {
  /** The verdicts on appends, in their order, those that are refused with an error. null: no topic of them asks for it. */
  judge(appends: readonly ProduceAppend[]): Promise<readonly AppendVerdict[]> | null
}
