import type { MemberEvent } from './member.ts'
import type { Line } from './text.ts'

export interface Verdict {
  given: number
  /** Given again before their commit was acknowledged, which at-least-once allows. */
  repeatedUncommitted: number
  /** Given again after their commit had been acknowledged, which must never be. */
  repeatedCommitted: number
  /** Records that were given before one with a smaller offset of their partition had been. */
  outOfOrder: number
  /** Keys whose lines did not arrive as they were sent: missing, surplus or in another order. */
  wrongKeys: string[]
  commits: number
}

/**
 * Records that the members of a group were given and offsets that they committed, by the machine's steady clock. Work on
 * one partition is sequential, so the first time that each record is given tells the order in which a key arrived.
 */
export class Ledger {
  readonly #events: Exclude<MemberEvent, { kind: 'assigned' }>[] = []
  #committed = new Map<number, number>()

  record(event: Exclude<MemberEvent, { kind: 'assigned' }>): void {
    this.#events.push(event)
    if (event.kind === 'committed') {
      this.#committed.set(event.partition, Math.max(event.nextOffset, this.#committed.get(event.partition) ?? 0))
    }
  }

  /** Records whose commit was acknowledged, over all partitions. */
  get committed(): number {
    return [...this.#committed.values()].reduce((sum, offset) => sum + offset, 0)
  }

  judge(sent: readonly Line[]): Verdict {
    const verdict: Verdict = {
      given: 0,
      repeatedUncommitted: 0,
      repeatedCommitted: 0,
      outOfOrder: 0,
      wrongKeys: [],
      commits: 0,
    }
    const next = new Map<number, number>()
    const committed = new Map<number, number>()
    const arrived = new Map<string, string[]>()
    for (const event of this.#events.toSorted((a, b) => a.atMs - b.atMs)) {
      if (event.kind === 'committed') {
        verdict.commits++
        committed.set(event.partition, Math.max(event.nextOffset, committed.get(event.partition) ?? 0))
        continue
      }
      for (const [offset, key, value] of event.records) {
        verdict.given++
        const expected = next.get(event.partition) ?? 0
        if (offset < (committed.get(event.partition) ?? 0)) verdict.repeatedCommitted++
        else if (offset < expected) verdict.repeatedUncommitted++
        if (offset > expected) verdict.outOfOrder++
        if (offset < expected) continue
        next.set(event.partition, offset + 1)
        append(arrived, key, value)
      }
    }
    verdict.wrongKeys = keysThatDiffer(linesByKey(sent), arrived)
    return verdict
  }
}

export function linesByKey(lines: readonly Line[]): Map<string, string[]> {
  const byKey = new Map<string, string[]>()
  for (const { key, value } of lines) append(byKey, key, value)
  return byKey
}

function append(byKey: Map<string, string[]>, key: string, value: string): void {
  const values = byKey.get(key)
  if (values) values.push(value)
  else byKey.set(key, [value])
}

export function keysThatDiffer(sent: Map<string, string[]>, arrived: Map<string, string[]>): string[] {
  const keys = new Set([...sent.keys(), ...arrived.keys()])
  return [...keys].filter((key) => sent.get(key)?.join('\n') !== arrived.get(key)?.join('\n'))
}
