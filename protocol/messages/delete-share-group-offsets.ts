/**
 * DeleteShareGroupOffsets: forget where a share group has come to in topics (KIP-932).
 */
import { array, type Decoded, int16, int32, request, response, string, uuid } from '../schema.ts'

export const DeleteShareGroupOffsetsRequest = request({
  name: 'DeleteShareGroupOffsetsRequest',
  apiKey: 92,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    groupId: string(),
    topics: array({
      topicName: string(),
    }),
  }),
})
export type DeleteShareGroupOffsetsRequest = Decoded<typeof DeleteShareGroupOffsetsRequest>

export const DeleteShareGroupOffsetsResponse = response({
  name: 'DeleteShareGroupOffsetsResponse',
  apiKey: 92,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable().default(null),
    responses: array({
      topicName: string(),
      topicId: uuid(),
      errorCode: int16(),
      errorMessage: string().nullable().default(null),
    }),
  }),
})
export type DeleteShareGroupOffsetsResponse = Decoded<typeof DeleteShareGroupOffsetsResponse>
