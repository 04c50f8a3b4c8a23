/**
 * DescribeShareGroupOffsets: where share groups start to deliver (KIP-932).
 *
 * - v1: the lag (KIP-1226).
 */
import { array, type Decoded, int16, int32, int64, request, response, string, uuid } from '../schema.ts'

export const DescribeShareGroupOffsetsRequest = request({
  name: 'DescribeShareGroupOffsetsRequest',
  apiKey: 90,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    groups: array({
      groupId: string(),
      topics: array({
        topicName: string(),
        partitions: array(int32()),
      }).nullable(),
    }),
  }),
})
export type DescribeShareGroupOffsetsRequest = Decoded<typeof DescribeShareGroupOffsetsRequest>

export const DescribeShareGroupOffsetsResponse = response({
  name: 'DescribeShareGroupOffsetsResponse',
  apiKey: 90,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    groups: array({
      groupId: string(),
      topics: array({
        topicName: string(),
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
          startOffset: int64(),
          leaderEpoch: int32(),
          lag: int64('1+').default(-1n).ignorable(),
          errorCode: int16(),
          errorMessage: string().nullable().default(null),
        }),
      }),
      errorCode: int16(),
      errorMessage: string().nullable().default(null),
    }),
  }),
})
export type DescribeShareGroupOffsetsResponse = Decoded<typeof DescribeShareGroupOffsetsResponse>
