/**
 * ReadShareGroupState: the leader of a share partition reads its state from the share coordinator (KIP-932).
 */
import { array, type Decoded, int8, int16, int32, int64, request, response, string, uuid } from '../schema.ts'

export const ReadShareGroupStateRequest = request({
  name: 'ReadShareGroupStateRequest',
  apiKey: 84,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        leaderEpoch: int32(),
      }),
    }),
  }),
})
export type ReadShareGroupStateRequest = Decoded<typeof ReadShareGroupStateRequest>

export const ReadShareGroupStateResponse = response({
  name: 'ReadShareGroupStateResponse',
  apiKey: 84,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string().nullable().default(null),
        stateEpoch: int32(),
        startOffset: int64(),
        stateBatches: array({
          firstOffset: int64(),
          lastOffset: int64(),
          deliveryState: int8(),
          deliveryCount: int16(),
        }),
      }),
    }),
  }),
})
export type ReadShareGroupStateResponse = Decoded<typeof ReadShareGroupStateResponse>
