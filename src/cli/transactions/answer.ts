import { type Answer, type Cell, tableAnswer } from '../print/answer.ts'

/** One row of an answer: its fields in the order of the columns. */
export type Row = Readonly<Record<string, Cell>>

/** A table under these titles, as kafka-transactions prints it. */
export function transactionsAnswer(titles: readonly string[], rows: readonly Row[]): Answer {
  const columns = titles.map((title, index) => ({ title, of: (row: Row) => Object.values(row)[index] }))
  return tableAnswer({ columns, rows, missing: 'None' })
}
