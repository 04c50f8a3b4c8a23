/**
 * InitializeShareGroupState: the group coordinator asks the share coordinator to begin the state of a share partition
 * (KIP-932).
 */
import { array, type Decoded, int16, int32, int64, request, response, string, uuid } from '../schema.ts'

export const InitializeShareGroupStateRequest = request({
  name: 'InitializeShareGroupStateRequest',
  apiKey: 83,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        stateEpoch: int32(),
        startOffset: int64(),
      }),
    }),
  }),
})
export type InitializeShareGroupStateRequest = Decoded<typeof InitializeShareGroupStateRequest>

export const InitializeShareGroupStateResponse = response({
  name: 'InitializeShareGroupStateResponse',
  apiKey: 83,
  versions: '0',
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
export type InitializeShareGroupStateResponse = Decoded<typeof InitializeShareGroupStateResponse>
