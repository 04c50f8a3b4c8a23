/**
 * AlterShareGroupOffsets: set where a share group starts to deliver (KIP-932).
 */
import { array, type Decoded, int16, int32, int64, request, response, string, uuid } from '../schema.ts'

export const AlterShareGroupOffsetsRequest = request({
  name: 'AlterShareGroupOffsetsRequest',
  apiKey: 91,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    groupId: string(),
    topics: array({
      topicName: string().mapKey(),
      partitions: array({
        partitionIndex: int32(),
        startOffset: int64(),
      }),
    }),
  }),
})
export type AlterShareGroupOffsetsRequest = Decoded<typeof AlterShareGroupOffsetsRequest>

export const AlterShareGroupOffsetsResponse = response({
  name: 'AlterShareGroupOffsetsResponse',
  apiKey: 91,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable().default(null),
    responses: array({
      topicName: string().mapKey(),
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string().nullable().default(null),
      }),
    }),
  }),
})
export type AlterShareGroupOffsetsResponse = Decoded<typeof AlterShareGroupOffsetsResponse>
