/**
 * AlterReplicaLogDirs: move replicas between the directories of one broker (KIP-113).
 *
 * - v1: the response is sent before the client is throttled (KIP-219). v0 is gone since Kafka 4.0.
 */
import { array, type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const AlterReplicaLogDirsRequest = request({
  name: 'AlterReplicaLogDirsRequest',
  apiKey: 34,
  versions: '1-2',
  dropped: '0',
  flexible: '2+',
  fields: () => ({
    dirs: array({
      path: string().mapKey(),
      topics: array({
        name: string().mapKey(),
        partitions: array(int32()),
      }),
    }),
  }),
})
export type AlterReplicaLogDirsRequest = Decoded<typeof AlterReplicaLogDirsRequest>

export const AlterReplicaLogDirsResponse = response({
  name: 'AlterReplicaLogDirsResponse',
  apiKey: 34,
  versions: '1-2',
  dropped: '0',
  flexible: '2+',
  fields: () => ({
    throttleTimeMs: int32(),
    results: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  }),
})
export type AlterReplicaLogDirsResponse = Decoded<typeof AlterReplicaLogDirsResponse>
