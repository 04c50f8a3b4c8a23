/**
 * Rows under headings. However many there are, those that can be seen are in the document and no others: rows are of one
 * height, and the list is as high as all of them. The first cell leads somewhere where the rows do.
 */
import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useKeys, useMedia } from '../lib/hooks.ts'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => ComponentChildren
  /** A track of a grid: `2fr`, `minmax(8rem, 1fr)`. */
  readonly width?: string
  /** Numbers stand to the right. */
  readonly right?: boolean
  /** The key by which rows are sorted; absent: nobody can sort by this column. */
  readonly by?: (row: Row) => string | number
  /** The column goes where there is less room than `medium` or `wide`. */
  readonly from?: 'medium' | 'wide'
}

export interface TableProps<Row> {
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly rowKey: (row: Row) => string
  /** Where the row leads; its first cell becomes a link. */
  readonly href?: (row: Row) => string
  readonly onOpen?: (row: Row) => void
  readonly selected?: string | null
  /** Index of the column by which it is sorted at first, negative for the largest first; rows keep their order without. */
  readonly sort?: { readonly column: number; readonly down: boolean }
  readonly empty?: ComponentChildren
  readonly rowClass?: (row: Row) => string
}

/** There is room for the columns `from: 'medium'`. */
export const MEDIUM = '(min-width: 700px)'

const ROW_PX = 38
const BEYOND = 12

/** The element that scrolls, from which virtual rows take their place. */
const scrollerOf = (element: HTMLElement): HTMLElement =>
  element.closest<HTMLElement>('[data-scroller]') ?? document.documentElement

function useWindow(
  total: number,
  rowPx: number,
): { ref: { current: HTMLDivElement | null }; first: number; last: number } {
  const ref = useRef<HTMLDivElement | null>(null)
  const [range, setRange] = useState<readonly [number, number]>([0, 60])
  useLayoutEffect(() => {
    const body = ref.current
    if (body === null) return
    const scroller = scrollerOf(body)
    let frame = 0
    const look = () => {
      frame = 0
      const offset = scroller.getBoundingClientRect().top - body.getBoundingClientRect().top
      const first = Math.max(0, Math.floor(offset / rowPx) - BEYOND)
      const last = Math.ceil((offset + scroller.clientHeight) / rowPx) + BEYOND
      setRange((before) => (before[0] === first && before[1] === last ? before : [first, last]))
    }
    const soon = () => {
      frame ||= requestAnimationFrame(look)
    }
    look()
    scroller.addEventListener('scroll', soon, { passive: true })
    addEventListener('resize', soon)
    return () => {
      scroller.removeEventListener('scroll', soon)
      removeEventListener('resize', soon)
      cancelAnimationFrame(frame)
    }
  }, [rowPx, total])
  return { ref, first: range[0], last: Math.min(range[1], total) }
}

export function Table<Row>(props: TableProps<Row>): JSX.Element {
  const { label, rows, columns, rowKey, href, onOpen, selected, empty, rowClass } = props
  const [sort, setSort] = useState(props.sort ?? null)
  const wide = useMedia('(min-width: 1100px)')
  const medium = useMedia(MEDIUM)
  const shown = columns.filter(({ from }) => (from === 'wide' ? wide : from === 'medium' ? medium : true))
  const by = sort === null ? undefined : columns[sort.column]?.by
  const sorted = useMemo(() => (by === undefined ? rows : sortedBy(rows, by, sort?.down === true)), [rows, by, sort])
  const { ref, first, last } = useWindow(sorted.length, ROW_PX)
  const template = shown
    .map(({ width, right }) => width ?? (right ? 'minmax(5rem, auto)' : 'minmax(6rem, 1fr)'))
    .join(' ')
  useArrows(ref)
  const change = (column: Column<Row>) => {
    const index = columns.indexOf(column)
    setSort((before) => ({ column: index, down: before?.column === index ? !before.down : column.right === true }))
  }
  return (
    <div
      class="table"
      role="table"
      aria-label={label}
      aria-rowcount={sorted.length + 1}
      style={{ '--columns': fixedTracks(template) }}
    >
      <div class="table-head" role="row" aria-rowindex={1}>
        {shown.map((column) => {
          const isSorted = sort !== null && columns[sort.column] === column
          return (
            <div
              key={column.title}
              role="columnheader"
              class={column.right ? 'right' : ''}
              aria-sort={isSorted ? (sort.down ? 'descending' : 'ascending') : 'none'}
            >
              {column.by ? (
                <button type="button" class="sort" onClick={() => change(column)}>
                  {column.title}
                  {isSorted && <span aria-hidden="true">{sort.down ? ' ↓' : ' ↑'}</span>}
                </button>
              ) : (
                column.title
              )}
            </div>
          )
        })}
      </div>
      <div class="table-body" role="rowgroup" ref={ref} style={{ height: `${sorted.length * ROW_PX}px` }}>
        {sorted.slice(first, last).map((row, at) => {
          const key = rowKey(row)
          return (
            <div
              key={key}
              class={`table-row ${selected === key ? 'selected' : ''} ${rowClass?.(row) ?? ''}`}
              role="row"
              aria-rowindex={first + at + 2}
              style={{ transform: `translateY(${(first + at) * ROW_PX}px)` }}
            >
              {shown.map((column, index) => (
                <div key={column.title} role="cell" class={column.right ? 'right' : ''}>
                  {index === 0 && href ? (
                    <a class="row-link" href={href(row)}>
                      {column.cell(row)}
                    </a>
                  ) : index === 0 && onOpen ? (
                    <button type="button" class="row-link" onClick={() => onOpen(row)}>
                      {column.cell(row)}
                    </button>
                  ) : (
                    column.cell(row)
                  )}
                </div>
              ))}
            </div>
          )
        })}
      </div>
      {sorted.length === 0 && <div class="empty">{empty ?? 'Nothing is here.'}</div>}
    </div>
  )
}

/** Rows are laid out one by one: a track that follows its content would differ from row to row. */
const fixedTracks = (template: string): string => template.replaceAll(/minmax\(([^,]+), auto\)/g, '$1')

function sortedBy<Row>(rows: readonly Row[], by: (row: Row) => string | number, down: boolean): Row[] {
  const keyed = rows.map((row) => [by(row), row] as const)
  keyed.sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1))
  if (down) keyed.reverse()
  return keyed.map(([, row]) => row)
}

/** `j` and `k`, or the arrows, go from row to row. */
function useArrows(body: { current: HTMLDivElement | null }): void {
  useKeys((event) => {
    const step =
      event.key === 'j' || event.key === 'ArrowDown' ? 1 : event.key === 'k' || event.key === 'ArrowUp' ? -1 : 0
    if (step === 0 || event.metaKey || event.ctrlKey) return
    if (document.querySelector('dialog[open]') !== null) return
    const links = [...(body.current?.querySelectorAll<HTMLElement>('.row-link') ?? [])]
    if (links.length === 0) return
    const at = links.indexOf(document.activeElement as HTMLElement)
    if (at < 0 && event.key.startsWith('Arrow')) return
    event.preventDefault()
    const next = at < 0 ? links.find((each) => each.getBoundingClientRect().top > 0) : links[at + step]
    next?.focus()
    next?.scrollIntoView({ block: 'nearest' })
  })
}
