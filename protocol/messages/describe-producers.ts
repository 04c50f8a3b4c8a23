/**
 * DescribeProducers: the producers that a partition knows, with their epochs and open transactions (KIP-664).
 */
import { array, type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const DescribeProducersRequest = request({
  name: 'DescribeProducersRequest',
  apiKey: 61,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    topics: array({
      name: string().mapKey(),
      partitionIndexes: array(int32()),
    }),
  }),
})
export type DescribeProducersRequest = Decoded<typeof DescribeProducersRequest>

export const DescribeProducersResponse = response({
  name: 'DescribeProducersResponse',
  apiKey: 61,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string().nullable().default(null),
        activeProducers: array({
          producerId: int64(),
          producerEpoch: int32(),
          lastSequence: int32().default(-1),
          lastTimestamp: int64().default(-1n),
          coordinatorEpoch: int32(),
          currentTxnStartOffset: int64().default(-1n),
        }),
      }),
    }),
  }),
})
export type DescribeProducersResponse = Decoded<typeof DescribeProducersResponse>
