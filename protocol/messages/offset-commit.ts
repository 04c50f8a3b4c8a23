/**
 * OffsetCommit: store where a group has come to.
 *
 * - v2: retention time of the request's own, until v4; from v5 on the broker's configuration decides (KIP-211).
 * - v3: throttle time. v4: the response is sent before the client is throttled (KIP-219).
 * - v6: leader epoch of the committed record (KIP-320). v7: static members: group instance id (KIP-345).
 * - v9: the consumer protocol of KIP-848: the generation is the member epoch; STALE_MEMBER_EPOCH, GROUP_ID_NOT_FOUND.
 * - v10: topics by id (KIP-848).
 */
import { array, type Decoded, int16, int32, int64, request, response, string, uuid } from '../schema.ts'

export const OffsetCommitRequest = request({
  name: 'OffsetCommitRequest',
  apiKey: 8,
  versions: '2-10',
  dropped: '0-1',
  flexible: '8+',
  fields: () => ({
    groupId: string(),
    generationIdOrMemberEpoch: int32('1+').default(-1).ignorable(),
    memberId: string('1+').ignorable(),
    groupInstanceId: string('7+').nullable().default(null),
    retentionTimeMs: int64('2-4').default(-1n).ignorable(),
    topics: array({
      name: string('0-9').ignorable(),
      topicId: uuid('10+').ignorable(),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        commitTimestamp: int64('1').default(-1n),
        committedLeaderEpoch: int32('6+').default(-1).ignorable(),
        committedMetadata: string().nullable(),
      }),
    }),
  }),
})
export type OffsetCommitRequest = Decoded<typeof OffsetCommitRequest>

export const OffsetCommitResponse = response({
  name: 'OffsetCommitResponse',
  apiKey: 8,
  versions: '2-10',
  dropped: '0-1',
  flexible: '8+',
  fields: () => ({
    throttleTimeMs: int32('3+').ignorable(),
    topics: array({
      name: string('0-9').ignorable(),
      topicId: uuid('10+').ignorable(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  }),
})
export type OffsetCommitResponse = Decoded<typeof OffsetCommitResponse>
