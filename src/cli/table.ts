import { at } from '../../protocol/collections/elements.ts'

/** Rows as wide as they need to be, under their titles. */
export function formatTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => at(row, column).length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(at(widths, column)))
      .join('  ')
      .trimEnd()
  return [titles, ...rows].map(line).join('\n')
}
