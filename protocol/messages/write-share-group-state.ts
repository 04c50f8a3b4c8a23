/**
 * WriteShareGroupState: the leader of a share partition stores its state at the share coordinator (KIP-932).
 *
 * - v1: how many records were delivered completely (KIP-1226).
 */
import { array, type Decoded, int8, int16, int32, int64, request, response, string, uuid } from '../schema.ts'

export const WriteShareGroupStateRequest = request({
  name: 'WriteShareGroupStateRequest',
  apiKey: 85,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        stateEpoch: int32(),
        leaderEpoch: int32(),
        startOffset: int64(),
        deliveryCompleteCount: int32('1+').default(-1).ignorable(),
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
export type WriteShareGroupStateRequest = Decoded<typeof WriteShareGroupStateRequest>

export const WriteShareGroupStateResponse = response({
  name: 'WriteShareGroupStateResponse',
  apiKey: 85,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string().nullable().default(null),
      }),
    }),
  }),
})
export type WriteShareGroupStateResponse = Decoded<typeof WriteShareGroupStateResponse>
