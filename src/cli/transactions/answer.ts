import { errorMessage, KafkaError } from '../../../protocol/errors.ts'

export interface CommonOptions {
  readonly bootstrapServer: string
  readonly commandConfig?: string
  readonly timeout: number
  readonly json?: boolean
}

/** One row of an answer: its fields in the order of the columns. */
export type Row = Readonly<Record<string, null | boolean | number | string | readonly string[]>>

/** The answer of a command: a table under these titles, in words where nothing was found. */
export interface Answer {
  readonly titles: readonly string[]
  readonly rows: readonly Row[]
}

/** A mistake of the person who typed. */
export class UsageError extends Error {}

/** Throws what a broker says of one item of its answer. */
export function ensureNoError(code: number, what: string, message?: string | null): void {
  if (code !== 0) throw new KafkaError(code, `${what}: ${message ?? errorMessage(code)}`)
}
