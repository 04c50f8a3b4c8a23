import { errorMessage, KafkaError } from '../../../protocol/errors.ts'

export interface CommonOptions {
  readonly bootstrapServer: string
  readonly timeout: number
  readonly json?: boolean
}

/** One row of an answer: its fields in the order of the columns. */
export type Row = Readonly<Record<string, null | boolean | number | string | readonly string[]>>

/** What a command says: a table under these titles, in words where nothing was found. */
export interface Answer {
  readonly titles: readonly string[]
  readonly rows: readonly Row[]
}

/** What went wrong on the part of whoever typed. */
export class UsageError extends Error {}

/** Throws what a broker says of one item of its answer. */
export function ensureNoError(code: number, what: string, message?: string | null): void {
  if (code !== 0) throw new KafkaError(code, `${what}: ${message ?? errorMessage(code)}`)
}
