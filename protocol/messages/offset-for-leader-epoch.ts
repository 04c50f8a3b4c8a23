/**
 * OffsetForLeaderEpoch: where an epoch of a partition's leader ended, so that a consumer or follower finds the place
 * up to which its log agrees with the leader's (KIP-101, KIP-279).
 *
 * - v2: the asker's leader epoch, for fencing (KIP-320). v0-1 are gone since Kafka 4.0.
 * - v3: replica id, -2 for a consumer that may see beyond the high watermark.
 */
import { array, type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const OffsetForLeaderEpochRequest = request({
  name: 'OffsetForLeaderEpochRequest',
  apiKey: 23,
  versions: '2-4',
  dropped: '0-1',
  flexible: '4+',
  fields: () => ({
    replicaId: int32('3+').default(-2).ignorable(),
    topics: array({
      topic: string().mapKey(),
      partitions: array({
        partition: int32(),
        currentLeaderEpoch: int32('2+').default(-1).ignorable(),
        leaderEpoch: int32(),
      }),
    }),
  }),
})
export type OffsetForLeaderEpochRequest = Decoded<typeof OffsetForLeaderEpochRequest>

export const OffsetForLeaderEpochResponse = response({
  name: 'OffsetForLeaderEpochResponse',
  apiKey: 23,
  versions: '2-4',
  dropped: '0-1',
  flexible: '4+',
  fields: () => ({
    throttleTimeMs: int32('2+').ignorable(),
    topics: array({
      topic: string().mapKey(),
      partitions: array({
        errorCode: int16(),
        partition: int32(),
        leaderEpoch: int32('1+').default(-1).ignorable(),
        endOffset: int64().default(-1n),
      }),
    }),
  }),
})
export type OffsetForLeaderEpochResponse = Decoded<typeof OffsetForLeaderEpochResponse>
