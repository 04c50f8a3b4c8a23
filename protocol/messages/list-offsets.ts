/**
 * ListOffsets: the offset of the first record at or after a time, or of a special place (negative time stamps).
 *
 * - v1: one offset a partition with its time stamp (KIP-79). v2: isolation level (KIP-98).
 * - v3: the response is sent before the client is throttled (KIP-219).
 * - v4: leader epochs (KIP-320). v5: the client knows OFFSET_NOT_AVAILABLE (KIP-207).
 * - v7: -3, the record with the highest time stamp (KIP-734). v8: -4, the earliest local offset (KIP-405).
 * - v9: -5, the last tiered offset (KIP-1005). v10: a timeout for answers from remote storage (KIP-1075).
 * - v11: -6, the earliest offset that waits for upload (KIP-1023).
 */
import { array, type Decoded, int8, int16, int32, int64, request, response, string } from '../schema.ts'

export const ListOffsetsRequest = request({
  name: 'ListOffsetsRequest',
  apiKey: 2,
  versions: '1-11',
  dropped: '0',
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
        maxNumOffsets: int32('0').default(1),
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
  dropped: '0',
  flexible: '6+',
  fields: () => ({
    throttleTimeMs: int32('2+').ignorable(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        oldStyleOffsets: array('0', int64()),
        timestamp: int64('1+').default(-1n),
        offset: int64('1+').default(-1n),
        leaderEpoch: int32('4+').default(-1),
      }),
    }),
  }),
})
export type ListOffsetsResponse = Decoded<typeof ListOffsetsResponse>
