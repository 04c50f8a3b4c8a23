/**
 * Proof that a transaction coordinator knows of the transaction to which records are appended (KIP-890). Without it a
 * record that arrives after the end of its transaction would begin another one, which nobody ever ends.
 *
 * Before the first append of a transaction the coordinator is asked; the guard that is made before the question has to
 * be the one that is here when its answer arrives. A marker that is written meanwhile takes the guard away, so the append
 * fails. Once there are records of the transaction, they are the proof, until its marker.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { AppendOrigin } from './append-origin.ts'
import type { ProducerEntry } from './producer-entry.ts'
import { NO_OFFSET } from './producer-entry.ts'

/** Only its identity counts. */
export type VerificationGuard = object

interface Verification {
  readonly guard: VerificationGuard
  readonly startedMs: number
  /** The transaction ends with a bumped epoch, so the marker of the one before does not concern it. */
  readonly bumpsEpoch: boolean
  /** The first batch that has to be written: one with a higher sequence waits until this one comes again. */
  lowestSequence: number
  epoch: number
}

export interface VerifiedBatch {
  readonly producerId: number
  readonly epoch: number
  readonly baseSequence: number
  readonly firstOffset: number
  readonly isTransactional: boolean
  readonly marker: object | null
}

export interface VerificationRequest {
  readonly producerId: number
  readonly epoch: number
  readonly baseSequence: number
  readonly bumpsEpoch: boolean
}

export class VerificationGuards {
  readonly #byProducer = new Map<number, Verification>()

  /** A guard to append with; null when the transaction is under way here. Throws INVALID_PRODUCER_EPOCH for a zombie. */
  start(request: VerificationRequest, entry: ProducerEntry | undefined, nowMs: number): VerificationGuard | null {
    const { producerId, epoch, baseSequence, bumpsEpoch } = request
    checkNotFenced(producerId, epoch, entry)
    if (isUnderWay(epoch, entry)) return null
    let verification = this.#byProducer.get(producerId)
    if (verification === undefined) {
      verification = { guard: {}, startedMs: nowMs, bumpsEpoch, lowestSequence: baseSequence, epoch }
      this.#byProducer.set(producerId, verification)
    } else if (epoch > verification.epoch) {
      verification.epoch = epoch
      verification.lowestSequence = baseSequence
    } else if (epoch === verification.epoch) {
      verification.lowestSequence = Math.min(verification.lowestSequence, baseSequence)
    }
    return verification.guard
  }

  /**
   * Throws what Kafka answers to a batch that may not be appended. `guard` is the one that the append was given, null
   * when its transaction was under way, undefined where verification is off.
   */
  check(
    batch: VerifiedBatch,
    origin: AppendOrigin,
    guard: VerificationGuard | null | undefined,
    entry: ProducerEntry | undefined,
  ): void {
    if (batch.marker !== null) return
    const verification = this.#byProducer.get(batch.producerId)
    if (guard !== undefined && batch.isTransactional && !isUnderWay(batch.epoch, entry)) {
      checkNotFenced(batch.producerId, batch.epoch, entry)
      if (verification === undefined || verification.guard !== guard) {
        throw new KafkaError(ErrorCode.INVALID_TXN_STATE, 'Record was not part of an ongoing transaction')
      }
    }
    if (origin === 'client' && verification !== undefined) checkSequence(batch, verification, entry)
  }

  /** A transactional batch or a marker is going into the log: what was verified has begun, or is over. */
  appended({ producerId, epoch, isTransactional, marker }: VerifiedBatch): void {
    if (!isTransactional) return
    const verification = this.#byProducer.get(producerId)
    if (verification === undefined) return
    const isOfNextTransaction = verification.bumpsEpoch && marker !== null && verification.epoch === epoch
    if (!isOfNextTransaction) this.#byProducer.delete(producerId)
  }

  removeExpired(nowMs: number, expirationMs: number): void {
    for (const [producerId, { startedMs }] of this.#byProducer) {
      if (nowMs - startedMs >= expirationMs) this.#byProducer.delete(producerId)
    }
  }
}

function isUnderWay(epoch: number, entry: ProducerEntry | undefined): boolean {
  return entry !== undefined && entry.epoch === epoch && entry.currentTransactionFirstOffset !== NO_OFFSET
}

function checkNotFenced(producerId: number, epoch: number, entry: ProducerEntry | undefined): void {
  if (entry === undefined || epoch >= entry.epoch) return
  throw new KafkaError(
    ErrorCode.INVALID_PRODUCER_EPOCH,
    `Epoch of producer ${producerId} is ${epoch}, which is smaller than the last seen epoch ${entry.epoch}`,
  )
}

function checkSequence(batch: VerifiedBatch, verification: Verification, entry: ProducerEntry | undefined): void {
  const { producerId, baseSequence, firstOffset } = batch
  const isNew = entry === undefined || entry.batches.length === 0
  if (verification.bumpsEpoch && baseSequence !== 0 && isNew) {
    throw new KafkaError(
      ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
      `Invalid sequence number for producer ${producerId} at offset ${firstOffset}: ${baseSequence} (incoming seq. number). Expected sequence 0 for transactions v2 idempotent producer with no existing state.`,
    )
  }
  if (baseSequence > verification.lowestSequence) {
    throw new KafkaError(
      ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
      `Out of order sequence number for producer ${producerId} at offset ${firstOffset}: ${baseSequence} (incoming seq. number), ${verification.lowestSequence} (earliest seen sequence)`,
    )
  }
}
