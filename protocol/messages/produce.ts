/**
 * Produce: append records to partitions.
 *
 * - v3: transactional id; record batches of magic 2 (KIP-98). v0-2 are gone since Kafka 4.0, yet advertised, because
 *   librdkafka looks for them (KAFKA-18659); a client that uses them is cut off.
 * - v4: the client knows KAFKA_STORAGE_ERROR.
 * - v5: log start offset in the response, so that a client tells a deleted sequence from a lost one (KIP-207).
 * - v7: zstd may be used (KIP-110).
 * - v8: which records made the broker refuse the batch, and why (KIP-467).
 * - v10: the response names the new leader of a partition that has moved, and its endpoint (KIP-951).
 * - v11: the client knows TRANSACTION_ABORTABLE (KIP-890).
 * - v12: in a transaction the partitions are added to it by this request itself (KIP-890, part 2).
 * - v13: topics by id (KIP-516).
 */
import {
  array,
  type Decoded,
  int16,
  int32,
  int64,
  records,
  request,
  response,
  string,
  struct,
  uuid,
} from '../schema.ts'

export const ProduceRequest = request({
  name: 'ProduceRequest',
  apiKey: 0,
  versions: '3-13',
  dropped: '0-2',
  flexible: '9+',
  fields: () => ({
    transactionalId: string('3+').nullable().default(null),
    acks: int16(),
    timeoutMs: int32(),
    topicData: array({
      name: string('0-12').ignorable().mapKey(),
      topicId: uuid('13+').ignorable().mapKey(),
      partitionData: array({
        index: int32(),
        records: records().nullable(),
      }),
    }),
  }),
})
export type ProduceRequest = Decoded<typeof ProduceRequest>

export const ProduceResponse = response({
  name: 'ProduceResponse',
  apiKey: 0,
  versions: '3-13',
  dropped: '0-2',
  flexible: '9+',
  fields: () => ({
    responses: array({
      name: string('0-12').ignorable().mapKey(),
      topicId: uuid('13+').ignorable().mapKey(),
      partitionResponses: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64('2+').default(-1n).ignorable(),
        logStartOffset: int64('5+').default(-1n).ignorable(),
        recordErrors: array('8+', {
          batchIndex: int32(),
          batchIndexErrorMessage: string().nullable().default(null),
        }).ignorable(),
        errorMessage: string('8+').nullable().default(null).ignorable(),
        currentLeader: struct('10+', {
          leaderId: int32().default(-1),
          leaderEpoch: int32().default(-1),
        }).tagged(0),
      }),
    }),
    throttleTimeMs: int32('1+').ignorable(),
    nodeEndpoints: array('10+', {
      nodeId: int32().mapKey(),
      host: string(),
      port: int32(),
      rack: string().nullable().default(null),
    }).tagged(0),
  }),
})
export type ProduceResponse = Decoded<typeof ProduceResponse>
