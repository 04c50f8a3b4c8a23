/**
 * TxnOffsetCommit: commit offsets of a group as part of a transaction (KIP-98).
 *
 * - v1: the response is sent before the client is throttled (KIP-219). v2: leader epochs (KIP-320).
 * - v3: member id, group instance id and generation, for fencing (KIP-447).
 * - v4: the client knows TRANSACTION_ABORTABLE (KIP-890).
 * - v5: the group's offsets are added to the transaction by this request itself (KIP-890, part 2).
 * - v6: topics by their ids (KIP-1319).
 */
import { array, type Decoded, int16, int32, int64, request, response, string, uuid } from '../schema.ts'

export const TxnOffsetCommitRequest = request({
  name: 'TxnOffsetCommitRequest',
  apiKey: 28,
  versions: '0-6',
  flexible: '3+',
  fields: () => ({
    transactionalId: string(),
    groupId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    generationIdOrMemberEpoch: int32('3+').default(-1),
    memberId: string('3+'),
    groupInstanceId: string('3+').nullable().default(null),
    topics: array({
      name: string('0-5').ignorable(),
      topicId: uuid('6+').ignorable(),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32('2+').default(-1).ignorable(),
        committedMetadata: string().nullable(),
      }),
    }),
  }),
})
export type TxnOffsetCommitRequest = Decoded<typeof TxnOffsetCommitRequest>

export const TxnOffsetCommitResponse = response({
  name: 'TxnOffsetCommitResponse',
  apiKey: 28,
  versions: '0-6',
  flexible: '3+',
  fields: () => ({
    throttleTimeMs: int32(),
    topics: array({
      name: string('0-5').ignorable(),
      topicId: uuid('6+').ignorable(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  }),
})
export type TxnOffsetCommitResponse = Decoded<typeof TxnOffsetCommitResponse>
