/**
 * ReadShareGroupStateSummary: where a share partition starts to deliver, without its batches (KIP-932).
 *
 * - v1: how many records were delivered completely (KIP-1226).
 */
import { array, type Decoded, int16, int32, int64, request, response, string, uuid } from '../schema.ts'

export const ReadShareGroupStateSummaryRequest = request({
  name: 'ReadShareGroupStateSummaryRequest',
  apiKey: 87,
  versions: '0-1',
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
export type ReadShareGroupStateSummaryRequest = Decoded<typeof ReadShareGroupStateSummaryRequest>

export const ReadShareGroupStateSummaryResponse = response({
  name: 'ReadShareGroupStateSummaryResponse',
  apiKey: 87,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    results: array({
      topicId: uuid(),
      partitions: array({
        partition: int32(),
        errorCode: int16(),
        errorMessage: string().nullable().default(null),
        stateEpoch: int32(),
        leaderEpoch: int32(),
        startOffset: int64(),
        deliveryCompleteCount: int32('1+').default(-1).ignorable(),
      }),
    }),
  }),
})
export type ReadShareGroupStateSummaryResponse = Decoded<typeof ReadShareGroupStateSummaryResponse>
