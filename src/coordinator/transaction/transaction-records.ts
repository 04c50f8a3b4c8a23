import { TransactionLogKey, TransactionLogValue } from '../../../protocol/messages/transaction-state-log.ts'
import {
  decodeRecordKey,
  decodeVersioned,
  encodeRecordKey,
  encodeVersioned,
  recordKeyType,
} from '../../../protocol/record-serde.ts'
import type { EncodedRecord } from '../runtime/shard.ts'
import { NO_PRODUCER_EPOCH, type TransactionMetadata, type TransactionPartitions } from './transaction-metadata.ts'
import { stateId, stateOfId } from './transaction-state.ts'

/** A record of `__transaction_state`. A null value is a tombstone. */
export interface TransactionRecord {
  readonly transactionalId: string
  readonly value: TransactionMetadata | null
  /** The version of TransactionLogValue: 0 below transaction version 1, which brokers before 3.8 can read, and 1 from there on. */
  readonly valueVersion: number
}

const FLEXIBLE_VALUE_VERSION = 1

export const valueVersionFor = (transactionVersion: number): number =>
  Math.min(transactionVersion, FLEXIBLE_VALUE_VERSION)

export function encodeTransactionRecord({ transactionalId, value, valueVersion }: TransactionRecord): EncodedRecord {
  const key = encodeRecordKey(TransactionLogKey, { transactionalId })
  return { key, value: value === null ? null : encodeValue(value, valueVersion) }
}

function encodeValue(value: TransactionMetadata, version: number): Buffer {
  const partitions = [...value.partitions].map(([topic, ids]) => ({ topic, partitionIds: [...ids] }))
  const { producerId, producerEpoch, previousProducerId, nextProducerId, clientTransactionVersion } = value
  return encodeVersioned(TransactionLogValue, version, {
    producerId,
    producerEpoch,
    transactionTimeoutMs: value.timeoutMs,
    transactionStatus: stateId(value.state),
    transactionPartitions: value.state === 'Empty' ? null : partitions,
    transactionLastUpdateTimestampMs: BigInt(value.lastUpdateTimestampMs),
    transactionStartTimestampMs: BigInt(value.startTimestampMs),
    ...(version < FLEXIBLE_VALUE_VERSION ? {} : { previousProducerId, nextProducerId, clientTransactionVersion }),
  })
}

/** Null for a record of a later Kafka, which is left alone. */
export function decodeTransactionRecord(key: Buffer, value: Buffer | null): TransactionRecord | null {
  if (recordKeyType(key) !== TransactionLogKey.apiKey) return null
  const { transactionalId } = decodeRecordKey(TransactionLogKey, key)
  if (value === null) return { transactionalId, value: null, valueVersion: FLEXIBLE_VALUE_VERSION }
  if (value.readInt16BE(0) > FLEXIBLE_VALUE_VERSION) return null
  const { version, message } = decodeVersioned(TransactionLogValue, value)
  return { transactionalId, value: metadataOf(message), valueVersion: version }
}

function metadataOf(message: TransactionLogValue): TransactionMetadata {
  const state = stateOfId(message.transactionStatus)
  return {
    state,
    producerId: message.producerId,
    producerEpoch: message.producerEpoch,
    previousProducerId: message.previousProducerId,
    nextProducerId: message.nextProducerId,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    timeoutMs: message.transactionTimeoutMs,
    partitions: partitionsOf(state === 'Empty' ? [] : (message.transactionPartitions ?? [])),
    startTimestampMs: Number(message.transactionStartTimestampMs),
    lastUpdateTimestampMs: Number(message.transactionLastUpdateTimestampMs),
    clientTransactionVersion: message.clientTransactionVersion,
  }
}

function partitionsOf(topics: readonly { topic: string; partitionIds: readonly number[] }[]): TransactionPartitions {
  const partitions = new Map<string, ReadonlySet<number>>()
  for (const { topic, partitionIds } of topics) {
    partitions.set(topic, new Set([...(partitions.get(topic) ?? []), ...partitionIds]))
  }
  return partitions
}
