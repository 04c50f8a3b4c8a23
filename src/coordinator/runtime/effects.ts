import { KafkaError } from '../../../protocol/errors.ts'

/** The number by which a parked request is known. The promise or socket behind it is the runtime's affair. */
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
  /** Left behind by a verification, so that no marker can come in between (KIP-890): see `AppendOptions` of the log. */
  readonly verificationGuard: object | null | undefined
}

/** The words of one kind of coordinator, each a plain value: its records, and messages to its shards and its owner. */
export interface Vocabulary {
  /** A record of its log. */
  readonly record: unknown
  /** A timer gives it back when it fires. */
  readonly timeout: unknown
  /** Work outside of the shard. */
  readonly task: unknown
  /** Names work that is left for the moment when an append is settled. */
  readonly step: unknown
}

/**
 * Everything that an operation wants to happen, as one value: a coordinator's operations compute it from (state,
 * request, now) and touch nothing else. The runtime carries it out.
 *
 * - `records` are appended as one batch (or as several, unless `atomic`) and replayed; that is how durable state changes.
 * - `replies` answer this request or parked ones. They are held until all that the state is made of is committed, and
 *   become errors when the append fails. A request that gets no reply is parked: its id stays with whoever will answer.
 * - `timers` are named; setting one again moves it. When it fires, the shard is given `timeout` back.
 * - `tasks` are carried out by the owner of the runtime, outside of the shard (writing to other logs, for instance), once
 *   the records and all state before them are committed; never when the append fails.
 * - `notes` are sentences for who runs the broker, logged at info as soon as the operation has run.
 * - `step` names what remains to be done once the append is committed or has failed: for soft state that follows the
 *   records, such as a rebalance that completes when its assignment is safe. The shard is given it back, with the state
 *   as it is then: the step names a group, a member and a generation, and holds none of them.
 */
export class Effects<Words extends Vocabulary> {
  readonly records: Words['record'][] = []
  readonly replies: Reply[] = []
  readonly timers: TimerChange<Words['timeout']>[] = []
  readonly tasks: Words['task'][] = []
  readonly notes: string[] = []
  step: Words['step'] | null = null
  /** All records or none of them; otherwise they may be spread over several batches. */
  atomic = true
  /** Set: the records are part of this producer's transaction, and count once its marker is there. */
  producer: TransactionalProducer | null = null

  append(...records: readonly Words['record'][]): this {
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

  setTimer(key: string, delayMs: number, timeout: Words['timeout']): this {
    this.timers.push({ key, delayMs, timeout })
    return this
  }

  cancelTimer(key: string): this {
    this.timers.push({ key, cancel: true })
    return this
  }

  perform(task: Words['task']): this {
    this.tasks.push(task)
    return this
  }

  note(sentence: string): this {
    this.notes.push(sentence)
    return this
  }

  /** An operation has one such step; what several parts of it want done belongs into one. */
  onceSettled(step: Words['step']): this {
    if (this.step !== null) throw new Error('An operation names one step that follows its append')
    this.step = step
    return this
  }
}
