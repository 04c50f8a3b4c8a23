/**
 * A transactional id: its producer, the state of its transaction and the partitions in it (KIP-98).
 *
 * - v1: tagged fields: the ids and epochs before and after, and the transaction version (KIP-890).
 */
import { array, type Decoded, int8, int16, int32, int64, record, string } from '../schema.ts'

export const TransactionLogKey = record('txn-record-key', {
  name: 'TransactionLogKey',
  apiKey: 0,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    transactionalId: string(),
  }),
})
export type TransactionLogKey = Decoded<typeof TransactionLogKey>

export const TransactionLogValue = record('txn-record-value', {
  name: 'TransactionLogValue',
  apiKey: 0,
  versions: '0-1',
  flexible: '1+',
  fields: () => ({
    producerId: int64(),
    previousProducerId: int64('1+').tagged(0).default(-1n),
    nextProducerId: int64('1+').tagged(1).default(-1n),
    producerEpoch: int16(),
    nextProducerEpoch: int16('1+').tagged(3).default(-1),
    transactionTimeoutMs: int32(),
    transactionStatus: int8(),
    transactionPartitions: array({
      topic: string(),
      partitionIds: array(int32()),
    }).nullable(),
    transactionLastUpdateTimestampMs: int64(),
    transactionStartTimestampMs: int64(),
    clientTransactionVersion: int16('1+').tagged(2),
  }),
})
export type TransactionLogValue = Decoded<typeof TransactionLogValue>
