import { array, bool, type Decoded, int16, int32, int64, request, response, string, uuid } from '../schema.ts'

export const OffsetFetchRequest = request({
  name: 'OffsetFetchRequest',
  apiKey: 9,
  versions: '1-10',
  flexible: '6+',
  fields: () => ({
    groupId: string('1-7'),
    topics: array('1-7', {
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
  flexible: '6+',
  fields: () => ({
    throttleTimeMs: int32('3+').ignorable(),
    topics: array('1-7', {
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
