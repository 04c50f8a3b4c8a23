/**
 * OffsetDelete: forget committed offsets of topics that the group is not subscribed to (KIP-496).
 */
import { array, type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const OffsetDeleteRequest = request({
  name: 'OffsetDeleteRequest',
  apiKey: 47,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    topics: array({
      name: string().mapKey(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  }),
})
export type OffsetDeleteRequest = Decoded<typeof OffsetDeleteRequest>

export const OffsetDeleteResponse = response({
  name: 'OffsetDeleteResponse',
  apiKey: 47,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    errorCode: int16(),
    throttleTimeMs: int32(),
    topics: array({
      name: string().mapKey(),
      partitions: array({
        partitionIndex: int32().mapKey(),
        errorCode: int16(),
      }),
    }),
  }),
})
export type OffsetDeleteResponse = Decoded<typeof OffsetDeleteResponse>
