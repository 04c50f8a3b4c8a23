/** The answer of a command: sections for a person, objects for a program. */
import type { Style, Tone } from './style.ts'
import { inLine } from './style.ts'

export type Cell = null | undefined | boolean | number | bigint | string | readonly (string | number)[]

export interface Column<R> {
  readonly title: string
  readonly of: (row: R) => Cell
  readonly tone?: (row: R) => Tone | null | undefined
}

export interface Table<R = unknown> {
  readonly columns: readonly Column<R>[]
  readonly rows: readonly R[]
  /** A line in place of a table without rows; absent: the titles alone. */
  readonly empty?: string
  /** Cells without a value; a dash where nothing is said. */
  readonly missing?: string
}

export interface Section {
  readonly heading?: string
  /** Names and values under each other, behind the heading. */
  readonly facts?: readonly (readonly [name: string, value: Cell, tone?: Tone | null])[]
  readonly table?: (style: Style) => string[]
  /** Sentences. */
  readonly lines?: readonly string[]
}

export interface Answer {
  readonly sections: readonly Section[]
  /** The lines of `--json`, one object a line. */
  readonly json: readonly object[]
  /** Failures of some items, while others went well: one sentence each, and the exit code 1. */
  readonly failures?: readonly string[]
}

/** An answer that is one table, each row of it an object. */
export function tableAnswer<R extends object>(table: Table<R>, json: readonly object[] = table.rows): Answer {
  return { sections: [tableSection(table)], json }
}

/** An answer of sentences, with what a program is told in their place. */
export function wordsAnswer(lines: readonly string[], json: readonly object[], failures?: readonly string[]): Answer {
  return { sections: lines.length === 0 ? [] : [{ lines }], json, ...(failures && { failures }) }
}

export const tableSection = <R>(table: Table<R>, heading?: string): Section => ({
  ...(heading !== undefined && { heading }),
  table: (style) => tableLines(table, style),
})

export function answerText({ sections }: Answer, style: Style): string {
  return sections
    .map((section) => sectionLines(section, style).join('\n'))
    .filter((text) => text !== '')
    .join('\n\n')
}

function sectionLines({ heading, facts = [], table, lines = [] }: Section, style: Style): string[] {
  const width = Math.max(0, ...facts.map(([name]) => name.length))
  const factLines = facts.map(([name, value, tone]) =>
    `  ${style('quiet', name.padEnd(width))}  ${style(tone, cellText(value, '-'))}`.trimEnd(),
  )
  return [
    ...(heading === undefined ? [] : [style('title', heading)]),
    ...factLines,
    ...(table?.(style) ?? []),
    ...lines,
  ]
}

export function tableLines<R>({ columns, rows, empty, missing = '-' }: Table<R>, style: Style): string[] {
  if (rows.length === 0 && empty !== undefined) return [empty]
  const cells = rows.map((row) => columns.map(({ of }) => of(row)))
  const texts = cells.map((row) => row.map((value) => cellText(value, missing)))
  const layout = columns.map(({ title }, index) => ({
    width: texts.reduce((widest, row) => Math.max(widest, row[index]?.length ?? 0), title.length),
    isNumber: cells.some((row) => isNumber(row[index])) && cells.every((row) => isNumber(row[index]) || !row[index]),
  }))
  const line = (words: readonly string[], toneOf: (column: number) => Tone | null | undefined): string =>
    words
      .map((word, index) => {
        const { width = 0, isNumber: right = false } = layout[index] ?? {}
        const padding = ' '.repeat(Math.max(0, width - word.length))
        const isLast = index === words.length - 1
        return right ? padding + style(toneOf(index), word) : style(toneOf(index), word) + (isLast ? '' : padding)
      })
      .join('  ')
      .trimEnd()
  const titles = columns.map(({ title }) => title)
  return [
    line(titles, () => 'title'),
    ...rows.map((row, index) => line(texts[index] ?? [], (column) => columns[column]?.tone?.(row))),
  ]
}

const isNumber = (value: Cell): boolean => typeof value === 'number' || typeof value === 'bigint'

function cellText(value: Cell, missing: string): string {
  if (value === null || value === undefined || value === '') return missing
  if (Array.isArray(value)) return value.length === 0 ? missing : inLine(value.join(','))
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return inLine(String(value))
}
