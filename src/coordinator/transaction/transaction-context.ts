import { Effects } from '../runtime/effects.ts'
import type { TimelineMap } from '../runtime/timeline.ts'
import type { TransactionCoordinatorConfig } from './transaction-config.ts'
import type { TransactionMetadata } from './transaction-metadata.ts'
import { type TransactionRecord, valueVersionFor } from './transaction-records.ts'

/** A timer of the transaction coordinator gives this back when it fires. */
export type TransactionTimeout = 'abort-timed-out' | 'remove-expired'

/** Work that the coordinator wants done outside of its shard. */
export type TransactionTask =
  /** The decision is in the log: writes it into every partition of the transaction, then calls `complete`. */
  | { readonly type: 'write-markers'; readonly transactionalId: string; readonly transaction: TransactionMetadata }
  /** Calls `abortTimedOut`, for which a producer id may have to be reserved. */
  | { readonly type: 'abort'; readonly transactionalId: string; readonly transaction: TransactionMetadata }

export interface TransactionWords {
  readonly record: TransactionRecord
  readonly timeout: TransactionTimeout
  readonly task: TransactionTask
  /** All that is known of a transaction is durable, so that nothing is left to do once a write is settled. */
  readonly step: never
}

export type TransactionEffects = Effects<TransactionWords>

/** Thrown by an operation that cannot go on without a new producer id: it is run again when one has been reserved. */
export class ProducerIdNeeded extends Error {}

/** All that an operation on transactions works with; what it wants to happen gathers in `effects`. */
export interface TransactionContext {
  readonly transactions: TimelineMap<string, TransactionMetadata>
  readonly config: TransactionCoordinatorConfig
  /** The transaction.version that the cluster has finalized. */
  readonly transactionVersion: number
  readonly nowMs: number
  readonly effects: TransactionEffects
  /** A producer id that nobody has had. Throws `ProducerIdNeeded`. */
  newProducerId(): bigint
}

export const transactionEffects = (): TransactionEffects => new Effects()

/** Makes `value` the state of the transactional id; null removes it. */
export function writeTransaction(
  { effects, transactionVersion }: TransactionContext,
  transactionalId: string,
  value: TransactionMetadata | null,
): void {
  effects.append({ transactionalId, value, valueVersion: valueVersionFor(transactionVersion) })
}

/** Writes the decision, and sees to its markers once it cannot be lost any more. */
export function writeDecision(
  context: TransactionContext,
  transactionalId: string,
  decision: TransactionMetadata,
): void {
  writeTransaction(context, transactionalId, decision)
  context.effects.perform({ type: 'write-markers', transactionalId, transaction: decision })
}
