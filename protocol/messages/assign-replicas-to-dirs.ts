/**
 * AssignReplicasToDirs: a broker tells the controller in which directories its replicas are (KIP-858).
 */
import { array, type Decoded, int16, int32, int64, request, response, uuid } from '../schema.ts'

export const AssignReplicasToDirsRequest = request({
  name: 'AssignReplicasToDirsRequest',
  apiKey: 73,
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    brokerId: int32(),
    brokerEpoch: int64().default(-1n),
    directories: array({
      id: uuid(),
      topics: array({
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
        }),
      }),
    }),
  }),
})
export type AssignReplicasToDirsRequest = Decoded<typeof AssignReplicasToDirsRequest>

export const AssignReplicasToDirsResponse = response({
  name: 'AssignReplicasToDirsResponse',
  apiKey: 73,
  versions: '0',
  flexible: '0+',
  listeners: ['controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    directories: array({
      id: uuid(),
      topics: array({
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  }),
})
export type AssignReplicasToDirsResponse = Decoded<typeof AssignReplicasToDirsResponse>
