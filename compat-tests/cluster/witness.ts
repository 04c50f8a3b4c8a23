import { History } from '../../proof/sim/scenarios/history.ts'
import type { LoadListener } from './load.ts'

export interface CommittedValue {
  readonly offset: number
  readonly value: string
}

/** Load.java writes so many records of a transaction to each partition. */
const RECORDS_OF_TRANSACTION = 3

/** Hears all that the clients of a load were told, and judges whether it can be true. */
export class Witness implements LoadListener {
  readonly history = new History()
  /** Records that a transaction wrote, as they were acknowledged after its commit. */
  readonly #transacted = new Map<string, CommittedValue[]>()
  /** Which records each group has read: `topic-partition@offset`. */
  readonly #read = new Map<string, Set<string>>()
  /** Everything that clients noticed beside records. */
  readonly #noticed: { who: string; what: string; text: string }[] = []
  readonly #isTransactional: (partition: string) => boolean

  constructor(isTransactional: (partition: string) => boolean) {
    this.#isTransactional = isTransactional
  }

  acknowledged({ partition, offset, value }: Parameters<LoadListener['acknowledged']>[0]): void {
    if (!this.#isTransactional(partition)) return this.history.acknowledge(partition, offset, [value])
    const all = this.#transacted.get(partition) ?? []
    all.push({ offset, value })
    this.#transacted.set(partition, all)
    this.history.acknowledgedCount++
  }

  read({ who, partition, offset, value }: Parameters<LoadListener['read']>[0]): void {
    this.history.read(partition, offset, value, who)
    if (value.startsWith('aborted-')) this.history.violation(`${who} read ${value}, which was aborted`)
    const all = this.#read.get(who) ?? new Set()
    all.add(`${partition}@${offset}`)
    this.#read.set(who, all)
  }

  failed(who: string, text: string): void {
    this.history.violation(`${who} failed: ${text}`)
  }

  noticed(who: string, what: string, text: string): void {
    this.#noticed.push({ who, what, text })
  }

  /** The clients that noticed something of that kind, with their words. */
  notices(what: string): string[] {
    return this.#noticed.filter((each) => each.what === what).map(({ who, text }) => `${who}: ${text}`)
  }

  readCount(group: string): number {
    return this.#read.get(group)?.size ?? 0
  }

  /** The records of a partition that the group has not read. */
  unread(group: string, partition: string, records: readonly CommittedValue[]): CommittedValue[] {
    const read = this.#read.get(group)
    return records.filter(({ offset }) => read?.has(`${partition}@${offset}`) !== true)
  }

  /** Everything committed in a partition, at the end. */
  judge(partition: string, records: readonly CommittedValue[]): void {
    if (!this.#isTransactional(partition)) return this.history.judgeLog(partition, records)
    const byOffset = new Map(records.map(({ offset, value }) => [offset, value]))
    for (const { offset, value } of this.#transacted.get(partition) ?? []) {
      const found = byOffset.get(offset)
      if (found !== value) this.history.violation(`${value} was committed at ${partition}@${offset}, where ${found} is`)
    }
    const next = new Map<string, number>()
    for (const { offset, value } of records) {
      this.history.read(partition, offset, value, 'the final reader')
      const [, transaction = '', number] = /^(.*):(\d+)$/.exec(value) ?? []
      const expected = next.get(transaction) ?? 0
      if (transaction.startsWith('aborted-')) this.history.violation(`${value} was aborted and is in ${partition}`)
      if (Number(number) !== expected)
        this.history.violation(`${partition}@${offset} has ${value}, after ${expected} others`)
      next.set(transaction, expected + 1)
    }
    for (const [transaction, count] of next) {
      if (count !== RECORDS_OF_TRANSACTION)
        this.history.violation(`of ${transaction} there are ${count} records in ${partition}`)
    }
  }
}
