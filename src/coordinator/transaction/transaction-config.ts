import type { BrokerConfig } from '../../config/index.ts'

/** The transaction coordinator's part of the broker's configuration. */
export interface TransactionCoordinatorConfig {
  /** transaction.max.timeout.ms */
  readonly maxTimeoutMs: number
  /** transactional.id.expiration.ms */
  readonly idExpirationMs: number
  /** transaction.abort.timed.out.transaction.cleanup.interval.ms */
  readonly abortTimedOutIntervalMs: number
  /** transaction.remove.expired.transaction.cleanup.interval.ms */
  readonly removeExpiredIntervalMs: number
  /** transaction.two.phase.commit.enable */
  readonly isTwoPhaseCommitEnabled: boolean
  /** transaction.state.log.load.buffer.size */
  readonly loadBufferBytes: number
  /** request.timeout.ms: how long the broker waits for its own appends. */
  readonly writeTimeoutMs: number
}

/** None of these can be changed while the broker runs, in Kafka as here. */
export function transactionCoordinatorConfig(config: BrokerConfig): TransactionCoordinatorConfig {
  return {
    maxTimeoutMs: config.get('transaction.max.timeout.ms'),
    idExpirationMs: config.get('transactional.id.expiration.ms'),
    abortTimedOutIntervalMs: config.get('transaction.abort.timed.out.transaction.cleanup.interval.ms'),
    removeExpiredIntervalMs: config.get('transaction.remove.expired.transaction.cleanup.interval.ms'),
    isTwoPhaseCommitEnabled: config.get('transaction.two.phase.commit.enable'),
    loadBufferBytes: config.get('transaction.state.log.load.buffer.size'),
    writeTimeoutMs: config.get('request.timeout.ms'),
  }
}
