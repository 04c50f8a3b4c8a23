import { array, type Decoded, int8, int16, int32, int64, request, response, string } from '../schema.ts'

export const ListOffsetsRequest = request({
  name: 'ListOffsetsRequest',
  apiKey: 2,
  versions: '1-11',
  flexible: '6+',
  fields: () => ({
    replicaId: int32(),
    isolationLevel: int8('2+'),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        currentLeaderEpoch: int32('4+').default(-1).ignorable(),
        timestamp: int64(),
      }),
    }),
    timeoutMs: int32('10+').ignorable(),
  }),
})
export type ListOffsetsRequest = Decoded<typeof ListOffsetsRequest>

export const ListOffsetsResponse = response({
  name: 'ListOffsetsResponse',
  apiKey: 2,
  versions: '1-11',
  flexible: '6+',
  fields: () => ({
    throttleTimeMs: int32('2+').ignorable(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        timestamp: int64().default(-1n),
        offset: int64().default(-1n),
        leaderEpoch: int32('4+').default(-1),
      }),
    }),
  }),
})
export type ListOffsetsResponse = Decoded<typeof ListOffsetsResponse>
