/**
 * DeleteRecords: move the log start offset of partitions forward (KIP-107).
 *
 * - v1: the response is sent before the client is throttled (KIP-219).
 */
import { array, type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const DeleteRecordsRequest = request({
  name: 'DeleteRecordsRequest',
  apiKey: 21,
  versions: '0-2',
  flexible: '2+',
  fields: () => ({
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        offset: int64(),
      }),
    }),
    timeoutMs: int32(),
  }),
})
export type DeleteRecordsRequest = Decoded<typeof DeleteRecordsRequest>

export const DeleteRecordsResponse = response({
  name: 'DeleteRecordsResponse',
  apiKey: 21,
  versions: '0-2',
  flexible: '2+',
  fields: () => ({
    throttleTimeMs: int32(),
    topics: array({
      name: string().mapKey(),
      partitions: array({
        partitionIndex: int32().mapKey(),
        lowWatermark: int64(),
        errorCode: int16(),
      }),
    }),
  }),
})
export type DeleteRecordsResponse = Decoded<typeof DeleteRecordsResponse>
