/**
 * OffsetFetch: where a group has come to.
 *
 * - v2: null asks for all topics; an error for the whole response (KIP-88).
 * - v3: throttle time. v4: the response is sent before the client is throttled (KIP-219).
 * - v5: leader epoch of the committed record (KIP-320).
 * - v7: wait for pending transactional commits: UNSTABLE_OFFSET_COMMIT (KIP-447).
 * - v8: several groups at once (KIP-709). v9: member id and epoch, checked for groups of KIP-848.
 * - v10: topics by id (KIP-848).
 */
import { array, bool, type Decoded, int16, int32, int64, request, response, string, uuid } from '../schema.ts'

export const OffsetFetchRequest = request({
  name: 'OffsetFetchRequest',
  apiKey: 9,
  versions: '1-10',
  dropped: '0',
  flexible: '6+',
  fields: () => ({
    groupId: string('0-7'),
    topics: array('0-7', {
      name: string(),
      partitionIndexes: array(int32()),
    }).nullable('2-7'),
    groups: array('8+', {
      groupId: string(),
      memberId: string('9+').nullable().default(null).ignorable(),
      memberEpoch: int32('9+').default(-1).ignorable(),
      topics: array({
        name: string('8-9').ignorable(),
        topicId: uuid('10+').ignorable(),
        partitionIndexes: array(int32()),
      }).nullable(),
    }),
    requireStable: bool('7+'),
  }),
})
export type OffsetFetchRequest = Decoded<typeof OffsetFetchRequest>

export const OffsetFetchResponse = response({
  name: 'OffsetFetchResponse',
  apiKey: 9,
  versions: '1-10',
  dropped: '0',
  flexible: '6+',
  fields: () => ({
    throttleTimeMs: int32('3+').ignorable(),
    topics: array('0-7', {
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32('5+').default(-1).ignorable(),
        metadata: string().nullable(),
        errorCode: int16(),
      }),
    }),
    errorCode: int16('2-7').ignorable(),
    groups: array('8+', {
      groupId: string(),
      topics: array({
        name: string('8-9').ignorable(),
        topicId: uuid('10+').ignorable(),
        partitions: array({
          partitionIndex: int32(),
          committedOffset: int64(),
          committedLeaderEpoch: int32().default(-1),
          metadata: string().nullable(),
          errorCode: int16(),
        }),
      }),
      errorCode: int16(),
    }),
  }),
})
export type OffsetFetchResponse = Decoded<typeof OffsetFetchResponse>
