/**
 * A transactional id as its last record says, and the ways from one state to the next. A value never changes: each
 * transition makes the one that the next record holds.
 */
import { canFollow, type TransactionState } from './transaction-state.ts'

export const NO_PRODUCER_ID = -1n
export const NO_PRODUCER_EPOCH = -1
const MAX_EPOCH = 32_767
const NO_TIMESTAMP = -1
/** A two-phase commit's own coordinator decides when it ends (KIP-939). */
export const NO_TIMEOUT_MS = 2 ** 31 - 1
/** From this level on a transaction ends with a bumped epoch (KIP-890). */
const EPOCH_BUMP_VERSION = 2

/** Partitions by topic. */
export type TransactionPartitions = ReadonlyMap<string, ReadonlySet<number>>

export const NO_PARTITIONS: TransactionPartitions = new Map()

export interface ProducerIdAndEpoch {
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface TransactionMetadata extends ProducerIdAndEpoch {
  readonly state: TransactionState
  /** The producer id before the last transition. */
  readonly previousProducerId: bigint
  /** The id that the producer goes on with once the transaction has ended, because the epochs of its own are used up. */
  readonly nextProducerId: bigint
  /** The epoch before the last bump, by which a repeated InitProducerId is known. No record holds it, in Kafka as here. */
  readonly lastProducerEpoch: number
  readonly timeoutMs: number
  readonly partitions: TransactionPartitions
  /** -1 until the first partition is added. */
  readonly startTimestampMs: number
  readonly lastUpdateTimestampMs: number
  /** The transaction.version by which the client works. */
  readonly clientTransactionVersion: number
}

/** The state of a transactional id before its first record. */
export function newTransaction(producerId: bigint, timeoutMs: number, nowMs: number): TransactionMetadata {
  return {
    state: 'Empty',
    producerId,
    producerEpoch: NO_PRODUCER_EPOCH,
    previousProducerId: NO_PRODUCER_ID,
    nextProducerId: NO_PRODUCER_ID,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    timeoutMs,
    partitions: NO_PARTITIONS,
    startTimestampMs: NO_TIMESTAMP,
    lastUpdateTimestampMs: nowMs,
    clientTransactionVersion: 0,
  }
}

export const bumpsEpoch = (transactionVersion: number): boolean => transactionVersion >= EPOCH_BUMP_VERSION

/** The highest epoch is never a client's, so that there is always one to fence it with. */
export const isEpochExhausted = (epoch: number): boolean => epoch >= MAX_EPOCH - 1

/** The last epoch that a client has been given of a producer id. */
export const LAST_CLIENT_EPOCH = MAX_EPOCH - 1

/** Between the decision and the last marker: nothing else may happen to the transactional id. */
export const isEnding = ({ state }: TransactionMetadata): boolean =>
  state === 'PrepareCommit' || state === 'PrepareAbort'

export function hasTimedOut({ state, startTimestampMs, timeoutMs }: TransactionMetadata, nowMs: number): boolean {
  return state === 'Ongoing' && timeoutMs !== NO_TIMEOUT_MS && startTimestampMs + timeoutMs < nowMs
}

export function containsAll(partitions: TransactionPartitions, others: TransactionPartitions): boolean {
  for (const [topic, indexes] of others) {
    for (const index of indexes) if (!hasPartition(partitions, topic, index)) return false
  }
  return true
}

export const hasPartition = (partitions: TransactionPartitions, topic: string, partition: number): boolean =>
  partitions.get(topic)?.has(partition) ?? false

function transition(
  from: TransactionMetadata,
  change: Partial<TransactionMetadata> & { state: TransactionState },
): TransactionMetadata {
  if (!canFollow(change.state, from.state)) {
    throw new Error(`A transaction in state ${from.state} cannot become ${change.state}`)
  }
  return { ...from, previousProducerId: from.producerId, ...change }
}

/** InitProducerId: the producer's next incarnation, with nothing under way. */
export function reinitialized(
  from: TransactionMetadata,
  producer: ProducerIdAndEpoch & { lastProducerEpoch: number },
  timeoutMs: number,
  nowMs: number,
): TransactionMetadata {
  return transition(from, {
    state: 'Empty',
    ...producer,
    timeoutMs,
    partitions: NO_PARTITIONS,
    startTimestampMs: NO_TIMESTAMP,
    lastUpdateTimestampMs: nowMs,
  })
}

export function withPartitions(
  from: TransactionMetadata,
  added: TransactionPartitions,
  clientTransactionVersion: number,
  nowMs: number,
): TransactionMetadata {
  const partitions = new Map(from.partitions)
  for (const [topic, indexes] of added) partitions.set(topic, new Set([...(partitions.get(topic) ?? []), ...indexes]))
  return transition(from, {
    state: 'Ongoing',
    partitions,
    startTimestampMs: from.state === 'Ongoing' ? from.startTimestampMs : nowMs,
    lastUpdateTimestampMs: nowMs,
    clientTransactionVersion,
  })
}

/**
 * The decision. With transaction version 2 its epoch is the next one, which the markers carry: a record of the
 * transaction that arrives after them is told by its epoch. `nextProducerId` is given when there is no epoch after that.
 */
export function prepared(
  from: TransactionMetadata,
  committed: boolean,
  transactionVersion: number,
  nextProducerId: bigint,
  nowMs: number,
): TransactionMetadata {
  const isBumped = bumpsEpoch(transactionVersion)
  return transition(from, {
    state: committed ? 'PrepareCommit' : 'PrepareAbort',
    producerEpoch: isBumped ? nextEpoch(from.producerEpoch) : from.producerEpoch,
    lastProducerEpoch: isBumped ? from.producerEpoch : from.lastProducerEpoch,
    nextProducerId,
    // An abort of what has not begun starts and ends now.
    startTimestampMs: from.state === 'Ongoing' ? from.startTimestampMs : nowMs,
    lastUpdateTimestampMs: nowMs,
    clientTransactionVersion: transactionVersion,
  })
}

/** The decision to abort without the client, whose epoch is taken from it. */
export function fenced(
  from: TransactionMetadata,
  transactionVersion: number,
  nextProducerId: bigint,
  nowMs: number,
): TransactionMetadata {
  if (bumpsEpoch(transactionVersion)) return prepared(from, false, transactionVersion, nextProducerId, nowMs)
  const bumped = { ...from, producerEpoch: nextEpoch(from.producerEpoch), lastProducerEpoch: NO_PRODUCER_EPOCH }
  return prepared(bumped, false, 0, NO_PRODUCER_ID, nowMs)
}

/** All markers are written. */
export function completed(from: TransactionMetadata, nowMs: number): TransactionMetadata {
  const isRotated = bumpsEpoch(from.clientTransactionVersion) && from.nextProducerId !== NO_PRODUCER_ID
  return transition(from, {
    state: from.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    producerId: isRotated ? from.nextProducerId : from.producerId,
    producerEpoch: isRotated ? 0 : from.producerEpoch,
    nextProducerId: NO_PRODUCER_ID,
    partitions: NO_PARTITIONS,
    lastUpdateTimestampMs: nowMs,
  })
}

/** An epoch never overflows: whoever has the highest by mistake keeps it, so that its transaction can be aborted. */
function nextEpoch(epoch: number): number {
  return Math.min(epoch + 1, MAX_EPOCH)
}
