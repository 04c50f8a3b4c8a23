/** The state of the picture, and what keys make of it. Pure. */

const SECTIONS = ['topics', 'groups', 'clients'] as const
export type Section = (typeof SECTIONS)[number]

/** rate: what moves most. amount: sizes, lags, connections. */
export const ORDERS = ['rate', 'amount', 'name'] as const
export type Order = (typeof ORDERS)[number]

export interface TopState {
  /** null: all of them, one below the other. */
  readonly section: Section | null
  readonly order: Order
  /** Rows of the section that are above the picture. */
  readonly scrolled: number
  readonly isPaused: boolean
  readonly everyMs: number
}

const PAGE = 10
const INTERVALS_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000] as const

/** null: quit. The same object: the key means nothing. */
export function afterKey(state: TopState, key: string): TopState | null {
  switch (key) {
    case 'q':
    case 'Q':
    case '\x03':
      return null
    case 't':
      return { ...state, section: 'topics', scrolled: 0 }
    case 'g':
      return { ...state, section: 'groups', scrolled: 0 }
    case 'c':
      return { ...state, section: 'clients', scrolled: 0 }
    case 'a':
      return { ...state, section: null, scrolled: 0 }
    case '\t':
      return { ...state, section: nextSection(state.section), scrolled: 0 }
    case 's':
      return { ...state, order: ORDERS[(ORDERS.indexOf(state.order) + 1) % ORDERS.length] ?? 'rate' }
    case ' ':
    case 'p':
      return { ...state, isPaused: !state.isPaused }
    case '+':
      return { ...state, everyMs: INTERVALS_MS.find((each) => each > state.everyMs) ?? state.everyMs }
    case '-':
      return { ...state, everyMs: INTERVALS_MS.findLast((each) => each < state.everyMs) ?? state.everyMs }
    default:
      return scrolledBy(state, SCROLLS[key])
  }
}

/** Terminals send the arrow keys and the page keys so. */
const SCROLLS: Readonly<Record<string, number>> = {
  '\x1b[A': -1,
  '\x1b[B': 1,
  '\x1bOA': -1,
  '\x1bOB': 1,
  '\x1b[5~': -PAGE,
  '\x1b[6~': PAGE,
  k: -1,
  j: 1,
}

function scrolledBy(state: TopState, rows: number | undefined): TopState {
  return rows === undefined ? state : { ...state, scrolled: Math.max(0, state.scrolled + rows) }
}

const nextSection = (section: Section | null): Section | null =>
  section === null ? SECTIONS[0] : (SECTIONS[SECTIONS.indexOf(section) + 1] ?? null)

const ESCAPE = '\x1b'
/** Sequences that begin with an escape, or single characters. */
const KEY = new RegExp(`${ESCAPE}(?:\\[[\\d;]*[A-Za-z~]|O[A-Z])|[\\s\\S]`, 'gu')

/** The keys in a chunk of what a terminal sends. */
export const keysIn = (text: string): string[] => text.match(KEY) ?? []
