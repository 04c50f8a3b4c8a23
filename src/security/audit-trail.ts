/**
 * The newest events of the audit in memory, for people who look at the page: the log has all of them. Each kind has room of
 * its own, so that a client that is refused in a loop drives out no change; and what happens again and again is one event
 * that counts. Texts of clients are cut, so that the whole takes a bounded part of memory.
 */
import type { Clock } from '../env/clock.ts'

const AUDIT_KINDS = ['denied', 'login-failed', 'login', 'change'] as const
export type AuditKind = (typeof AUDIT_KINDS)[number]

export interface AuditEvent {
  readonly kind: AuditKind
  /** `type:name`; empty: a login that failed, for nobody knows whose it was. */
  readonly principal: string
  readonly address: string
  /** One line, in the words of the log. */
  readonly what: string
}

export interface KeptAuditEvent extends AuditEvent {
  /** Wall-clock times of the first and the last of them. */
  readonly firstMs: number
  readonly lastMs: number
  readonly times: number
}

const MOST_OF_A_KIND = 500
const MOST_LETTERS = 300
const SEPARATOR = '\0'

export class AuditTrail {
  readonly #clock: Pick<Clock, 'nowMs'>
  /** By kind; the event that happened last is at the end. */
  readonly #kept: Readonly<Record<AuditKind, Map<string, KeptAuditEvent>>> = {
    denied: new Map(),
    'login-failed': new Map(),
    login: new Map(),
    change: new Map(),
  }
  #changes = 0

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock
  }

  add({ kind, principal, address, what }: AuditEvent): void {
    const nowMs = this.#clock.nowMs()
    const event = { kind, principal: cut(principal), address: cut(address), what: cut(what) }
    // The order of changes says what holds now: each stands for itself.
    const turn = kind === 'change' ? String(this.#changes++) : ''
    const key = [event.principal, event.address, event.what, turn].join(SEPARATOR)
    const kept = this.#kept[kind]
    const before = kept.get(key)
    kept.delete(key)
    kept.set(key, { ...event, firstMs: before?.firstMs ?? nowMs, lastMs: nowMs, times: (before?.times ?? 0) + 1 })
    const [oldest] = kept.keys()
    if (kept.size > MOST_OF_A_KIND && oldest !== undefined) kept.delete(oldest)
  }

  /** The newest first. */
  events(): KeptAuditEvent[] {
    return AUDIT_KINDS.flatMap((kind) => [...this.#kept[kind].values()].reverse()).sort((a, b) => b.lastMs - a.lastMs)
  }
}

/** A copy: a slice would keep the whole text in memory. */
const cut = (text: string): string =>
  text.length <= MOST_LETTERS ? text : `${Buffer.from(text.slice(0, MOST_LETTERS), 'utf16le').toString('utf16le')}…`
