/**
 * One client instance as its broker knows it (KIP-714), pure.
 *
 * A client asks for its subscription, pushes once in each interval, asks again in between when it likes, and ends with a
 * push that says so. It may come early only to repair what the broker refused: an id that is out of date, a codec.
 *
 *   asked ──────────── a push is taken at once, the next one an interval later
 *   pushed ─────────── a push or a question is taken an interval later; a last push at any time
 *   terminating ────── nothing more is taken, until the instance is forgotten
 *
 * The instance is known by the subscriptions of a moment: when these change it begins anew, with another id.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { Asked } from './subscriptions.ts'

const KNOWN_FOR_AT_LEAST_MS = 60_000
const INTERVALS_KNOWN = 3
/** Errors after which a client asks again at once, to learn better. */
const MAY_ASK_AGAIN: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_SUBSCRIPTION_ID,
  ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
])
const CODECS = 5

export interface Push {
  readonly subscriptionId: number
  readonly terminating: boolean
  readonly compressionType: number
  readonly metrics: Buffer
}

export class ClientInstance {
  readonly asked: Asked
  /** When it is forgotten unless it is heard of again. */
  expiresAtMs = Number.POSITIVE_INFINITY
  #lastError: number = ErrorCode.NONE
  #lastQuestionMs = Number.NEGATIVE_INFINITY
  #lastPushMs = Number.NEGATIVE_INFINITY
  #isTerminating = false

  constructor(asked: Asked) {
    this.asked = asked
  }

  heardOf(nowMs: number): void {
    this.expiresAtMs = nowMs + Math.max(KNOWN_FOR_AT_LEAST_MS, INTERVALS_KNOWN * this.asked.intervalMs)
  }

  /** Throws `KafkaError`: THROTTLING_QUOTA_EXCEEDED for a question that comes too early. */
  question(nowMs: number): void {
    const isInTime = nowMs - Math.max(this.#lastQuestionMs, this.#lastPushMs) >= this.asked.intervalMs
    if (isInTime) this.#lastQuestionMs = nowMs
    else if (!MAY_ASK_AGAIN.has(this.#lastError)) throw new KafkaError(ErrorCode.THROTTLING_QUOTA_EXCEEDED)
    this.#lastError = ErrorCode.NONE
  }

  /** Judges a push before its metrics are read. Throws the `KafkaError` that answers it. */
  push(push: Push, maxBytes: number, nowMs: number): void {
    try {
      this.#check(push, maxBytes, nowMs)
      this.#lastError = ErrorCode.NONE
    } catch (error) {
      if (error instanceof KafkaError) this.#lastError = error.code
      throw error
    } finally {
      this.#isTerminating = push.terminating
    }
  }

  /** The metrics of a push that was in order could not be read. */
  unreadable(): void {
    this.#lastError = ErrorCode.INVALID_RECORD
  }

  #check({ subscriptionId, terminating, compressionType, metrics }: Push, maxBytes: number, nowMs: number): void {
    if (this.#isTerminating) throw new KafkaError(ErrorCode.INVALID_REQUEST)
    const isInTime = this.#lastQuestionMs > this.#lastPushMs || nowMs - this.#lastPushMs >= this.asked.intervalMs
    if (isInTime) this.#lastPushMs = nowMs
    else if (!terminating) throw new KafkaError(ErrorCode.THROTTLING_QUOTA_EXCEEDED)
    if (subscriptionId !== this.asked.subscriptionId) throw new KafkaError(ErrorCode.UNKNOWN_SUBSCRIPTION_ID)
    if (compressionType < 0 || compressionType >= CODECS) throw new KafkaError(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)
    if (metrics.length > maxBytes) throw new KafkaError(ErrorCode.TELEMETRY_TOO_LARGE)
  }
}
