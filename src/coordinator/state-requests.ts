/**
 * Requests of one API to share coordinators (KIP-932), gathered: one request a coordinator and group is under way, and all
 * that is asked meanwhile goes in the next one, because a broker answers the requests of a connection one after another.
 * A request names each share partition once, so that the answer says without doubt which question it is about.
 */

import { listAt } from '../../protocol/collections/grouped.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { ClientError, unanswered } from '../client/errors.ts'
import type { Clock } from '../env/index.ts'
import type { SharePartitionKey } from './share/share-state.ts'

interface OfPartition {
  readonly partition: number
}

interface OfTopic<Item> {
  readonly topicId: string
  readonly partitions: readonly Item[]
}

type Send<Entry, Answer> = (
  broker: number,
  body: { groupId: string; topics: readonly OfTopic<Entry>[] },
) => Promise<{ readonly results: readonly OfTopic<Answer>[] }>

interface Waiting<Entry, Answer> {
  readonly topicId: string
  readonly entry: Entry
  resolve(answer: Answer): void
  reject(error: unknown): void
}

export class StateRequests<Entry extends OfPartition, Answer extends OfPartition> {
  readonly #clock: Clock
  readonly #send: Send<Entry, Answer>
  /** The questions for the next request, by coordinator and group; no entry: no request to them is under way. */
  readonly #queues = new Map<string, Waiting<Entry, Answer>[]>()

  constructor(clock: Clock, send: Send<Entry, Answer>) {
    this.#clock = clock
    this.#send = send
  }

  /**
   * Resolves to the answer about the share partition, without its number. Rejects with a `KafkaError`: NETWORK_EXCEPTION or
   * REQUEST_TIMED_OUT where no answer has come.
   */
  async ask(broker: number, { groupId, topicId }: SharePartitionKey, entry: Entry): Promise<Omit<Answer, 'partition'>> {
    const answer = await new Promise<Answer>((resolve, reject) => {
      const waiting = { topicId, entry, resolve, reject }
      const name = `${broker} ${groupId}`
      const queue = this.#queues.get(name)
      if (queue !== undefined) return void queue.push(waiting)
      this.#queues.set(name, [waiting])
      this.#clock.defer(() => void this.#sendAll(name, broker, groupId))
    })
    const { partition: _, ...outcome } = answer
    return outcome
  }

  async #sendAll(name: string, broker: number, groupId: string): Promise<void> {
    for (;;) {
      const all = this.#queues.get(name) ?? []
      if (all.length === 0) return void this.#queues.delete(name)
      const { now, later } = withoutRepetition(all)
      this.#queues.set(name, later)
      try {
        settle(now, (await this.#send(broker, { groupId, topics: topicsOf(now) })).results)
      } catch (error) {
        // The questions behind it would go to the same broker: it is found out first who coordinates now.
        const behind = this.#queues.get(name) ?? []
        this.#queues.delete(name)
        const failure = error instanceof ClientError ? unanswered(error) : error
        for (const { reject } of [...now, ...behind]) reject(failure)
        return
      }
    }
  }
}

/** The first question about each share partition, and those that are to wait for its answer. */
function withoutRepetition<Item extends { topicId: string; entry: OfPartition }>(all: readonly Item[]) {
  const named = new Set<string>()
  const now: Item[] = []
  const later: Item[] = []
  for (const item of all) {
    const name = `${item.topicId} ${item.entry.partition}`
    if (named.has(name)) later.push(item)
    else now.push(item)
    named.add(name)
  }
  return { now, later }
}

function topicsOf<Entry>(all: readonly { topicId: string; entry: Entry }[]): OfTopic<Entry>[] {
  const topics = new Map<string, Entry[]>()
  for (const { topicId, entry } of all) listAt(topics, topicId).push(entry)
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }))
}

function settle<Entry extends OfPartition, Answer extends OfPartition>(
  all: readonly Waiting<Entry, Answer>[],
  results: readonly OfTopic<Answer>[],
): void {
  for (const { topicId, entry, resolve, reject } of all) {
    const answer = results
      .find((topic) => topic.topicId === topicId)
      ?.partitions.find(({ partition }) => partition === entry.partition)
    if (answer !== undefined) resolve(answer)
    else reject(new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR))
  }
}
