import { KafkaError } from '../../../protocol/errors.ts'

/** The number by which a parked request is known. What it stands for (a promise, a socket) is the runtime's affair. */
export type RequestId = number

export type Reply =
  | { readonly request: RequestId; readonly response: object }
  | { readonly request: RequestId; readonly error: KafkaError }

export type TimerChange<Timeout> =
  | { readonly key: string; readonly delayMs: number; readonly timeout: Timeout }
  | { readonly key: string; readonly cancel: true }

/** The producer whose transaction records belong to. */
export interface TransactionalProducer {
  readonly producerId: bigint
  readonly producerEpoch: number
  /** What a verification left behind, so that no marker can come in between (KIP-890): see `AppendOptions` of the log. */
  readonly verificationGuard: object | null | undefined
}

/**
 * Everything that an operation wants to happen, as one value: a coordinator's operations compute it from (state,
 * request, now) and touch nothing else. The runtime carries it out.
 *
 * - `records` are appended as one batch (or as several, unless `atomic`) and replayed; that is how durable state changes.
 * - `replies` answer this request or parked ones. They are held until all that the state is made of is committed, and
 *   become errors when the append fails. A request that gets no reply is parked: its id stays with whoever will answer.
 * - `timers` are named; setting one again moves it. When it fires, the shard is given `timeout` back.
 * - `tasks` are carried out by whoever owns the runtime, outside of the shard (writing to other logs, for instance), once
 *   the records and all state before them are committed; never when the append fails.
 * - `settled` is what remains to be done once the append is committed or has failed: for soft state that follows the
 *   records, such as a rebalance that completes when its assignment is safe. State may have moved on in between.
 */
export class Effects<CoordinatorRecord, Timeout, Task = never> {
  readonly records: CoordinatorRecord[] = []
  readonly replies: Reply[] = []
  readonly timers: TimerChange<Timeout>[] = []
  readonly tasks: Task[] = []
  settled: ((error: KafkaError | null) => Effects<CoordinatorRecord, Timeout, Task>) | null = null
  /** All records or none of them; otherwise they may be spread over several batches. */
  atomic = true
  /** Set: the records are part of this producer's transaction, and count once its marker is there. */
  producer: TransactionalProducer | null = null

  append(...records: readonly CoordinatorRecord[]): this {
    for (const record of records) this.records.push(record)
    return this
  }

  reply(request: RequestId, response: object): this {
    this.replies.push({ request, response })
    return this
  }

  fail(request: RequestId, code: number): this {
    this.replies.push({ request, error: new KafkaError(code) })
    return this
  }

  setTimer(key: string, delayMs: number, timeout: Timeout): this {
    this.timers.push({ key, delayMs, timeout })
    return this
  }

  cancelTimer(key: string): this {
    this.timers.push({ key, cancel: true })
    return this
  }

  perform(task: Task): this {
    this.tasks.push(task)
    return this
  }
}
