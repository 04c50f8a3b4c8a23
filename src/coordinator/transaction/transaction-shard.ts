import { TRANSACTION_STATE_TOPIC } from '../../metadata/internal-topics.ts'
import type { CoordinatorKind, CoordinatorShard } from '../runtime/shard.ts'
import { type SnapshotRegistry, TimelineMap } from '../runtime/timeline.ts'
import { findTimedOut, removeExpired, scheduleAging } from './aging.ts'
import type { TransactionCoordinatorConfig } from './transaction-config.ts'
import {
  ProducerIdNeeded,
  type TransactionContext,
  type TransactionEffects,
  type TransactionTimeout,
  type TransactionWords,
  transactionEffects,
} from './transaction-context.ts'
import { isEnding, type TransactionMetadata } from './transaction-metadata.ts'
import { decodeTransactionRecord, encodeTransactionRecord, type TransactionRecord } from './transaction-records.ts'

/** The transactional ids of one partition of `__transaction_state`: all durable, changed by replay alone. */
export class TransactionShard implements CoordinatorShard<TransactionWords> {
  readonly transactions: TimelineMap<string, TransactionMetadata>
  readonly #config: TransactionCoordinatorConfig
  readonly #transactionVersion: () => number

  constructor(registry: SnapshotRegistry, config: TransactionCoordinatorConfig, transactionVersion: () => number) {
    this.transactions = new TimelineMap(registry)
    this.#config = config
    this.#transactionVersion = transactionVersion
  }

  /** An operation works with this; its effects are collected in it. `producerId` is one that it may give away. */
  context(nowMs: number, producerId: bigint | null = null): TransactionContext {
    return {
      transactions: this.transactions,
      config: this.#config,
      transactionVersion: this.#transactionVersion(),
      nowMs,
      effects: transactionEffects(),
      newProducerId: () => {
        if (producerId === null) throw new ProducerIdNeeded()
        return producerId
      },
    }
  }

  replay(_offset: number, _producerId: bigint, { transactionalId, value }: TransactionRecord): void {
    if (value === null) this.transactions.delete(transactionalId)
    else this.transactions.set(transactionalId, value)
  }

  /** The coordinator's own log has no transactions. */
  replayEndTransactionMarker(): void {}

  /** Decisions are carried out, whichever coordinator made them: markers that are there already are written once more. */
  loaded(nowMs: number): TransactionEffects {
    const context = this.context(nowMs)
    for (const [transactionalId, transaction] of this.transactions.entries()) {
      if (isEnding(transaction)) context.effects.perform({ type: 'write-markers', transactionalId, transaction })
    }
    scheduleAging(context)
    return context.effects
  }

  timedOut(timeout: TransactionTimeout, nowMs: number): TransactionEffects {
    const context = this.context(nowMs)
    if (timeout === 'abort-timed-out') findTimedOut(context)
    else removeExpired(context)
    return context.effects
  }

  settled(step: never): TransactionEffects {
    return step
  }
}

export function transactionShardKind(
  config: TransactionCoordinatorConfig,
  transactionVersion: () => number,
): CoordinatorKind<TransactionShard, TransactionWords> {
  return {
    name: 'transaction coordinator',
    topic: TRANSACTION_STATE_TOPIC,
    create: (registry) => new TransactionShard(registry, config, transactionVersion),
    encode: encodeTransactionRecord,
    decode: decodeTransactionRecord,
  }
}
