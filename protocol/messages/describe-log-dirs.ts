/**
 * DescribeLogDirs: the directories of a broker and what its replicas take in them (KIP-113).
 *
 * - v1: the response is sent before the client is throttled (KIP-219). v0 is gone since Kafka 4.0.
 * - v3: an error for the whole response. v4: size and free space of the disk (KIP-827).
 * - v5: whether a directory is cordoned: it takes no new replicas.
 */
import { array, bool, type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const DescribeLogDirsRequest = request({
  name: 'DescribeLogDirsRequest',
  apiKey: 35,
  versions: '1-5',
  dropped: '0',
  flexible: '2+',
  fields: () => ({
    topics: array({
      topic: string().mapKey(),
      partitions: array(int32()),
    }).nullable(),
  }),
})
export type DescribeLogDirsRequest = Decoded<typeof DescribeLogDirsRequest>

export const DescribeLogDirsResponse = response({
  name: 'DescribeLogDirsResponse',
  apiKey: 35,
  versions: '1-5',
  dropped: '0',
  flexible: '2+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16('3+').ignorable(),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          partitionSize: int64(),
          offsetLag: int64(),
          isFutureKey: bool(),
        }),
      }),
      totalBytes: int64('4+').default(-1n).ignorable(),
      usableBytes: int64('4+').default(-1n).ignorable(),
      isCordoned: bool('5+').ignorable(),
    }),
  }),
})
export type DescribeLogDirsResponse = Decoded<typeof DescribeLogDirsResponse>
