/**
 * AddPartitionsToTxn: partitions become part of a transaction before records are written to them (KIP-98).
 *
 * - v1: the response is sent before the client is throttled (KIP-219). v2: the client knows PRODUCER_FENCED.
 * - v4: several transactions at once, and only to verify that partitions belong to them. Clients stop at v3, brokers
 *   begin at v4 (KIP-890).
 * - v5: TRANSACTION_ABORTABLE (KIP-890).
 */
import { array, bool, type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const AddPartitionsToTxnRequest = request({
  name: 'AddPartitionsToTxnRequest',
  apiKey: 24,
  versions: '0-5',
  flexible: '3+',
  fields: () => ({
    transactions: array('4+', {
      transactionalId: string().mapKey(),
      producerId: int64(),
      producerEpoch: int16(),
      verifyOnly: bool(),
      topics: array({
        name: string().mapKey(),
        partitions: array(int32()),
      }),
    }),
    v3AndBelowTransactionalId: string('0-3'),
    v3AndBelowProducerId: int64('0-3'),
    v3AndBelowProducerEpoch: int16('0-3'),
    v3AndBelowTopics: array('0-3', {
      name: string().mapKey(),
      partitions: array(int32()),
    }),
  }),
})
export type AddPartitionsToTxnRequest = Decoded<typeof AddPartitionsToTxnRequest>

export const AddPartitionsToTxnResponse = response({
  name: 'AddPartitionsToTxnResponse',
  apiKey: 24,
  versions: '0-5',
  flexible: '3+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16('4+').ignorable(),
    resultsByTransaction: array('4+', {
      transactionalId: string().mapKey(),
      topicResults: array({
        name: string().mapKey(),
        resultsByPartition: array({
          partitionIndex: int32().mapKey(),
          partitionErrorCode: int16(),
        }),
      }),
    }),
    resultsByTopicV3AndBelow: array('0-3', {
      name: string().mapKey(),
      resultsByPartition: array({
        partitionIndex: int32().mapKey(),
        partitionErrorCode: int16(),
      }),
    }),
  }),
})
export type AddPartitionsToTxnResponse = Decoded<typeof AddPartitionsToTxnResponse>
