/**
 * DeleteShareGroupState: the group coordinator asks the share coordinator to forget a share partition (KIP-932).
 */
import { array, type Decoded, int16, int32, request, response, string, uuid } from '../schema.ts'

export const DeleteShareGroupStateRequest = request({
  name: 'DeleteShareGroupStateRequest',
  apiKey: 86,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    groupId: string(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
      }),
    }),
  }),
})
export type DeleteShareGroupStateRequest = Decoded<typeof DeleteShareGroupStateRequest>

export const DeleteShareGroupStateResponse = response({
  name: 'DeleteShareGroupStateResponse',
  apiKey: 86,
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
export type DeleteShareGroupStateResponse = Decoded<typeof DeleteShareGroupStateResponse>
