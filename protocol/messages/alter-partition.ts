/**
 * AlterPartition: the leader of a partition asks the controller to change its in-sync replicas (KIP-497).
 *
 * - v2: topics by id (KIP-841). v0-1 are gone since Kafka 4.0.
 * - v3: broker epochs of the new in-sync replicas, so that one that has restarted is not taken for in sync (KIP-903).
 */
import { array, type Decoded, int8, int16, int32, int64, request, response, uuid } from '../schema.ts'

export const AlterPartitionRequest = request({
  name: 'AlterPartitionRequest',
  apiKey: 56,
  versions: '2-3',
  flexible: '2+',
  listeners: ['controller'],
  fields: () => ({
    brokerId: int32(),
    brokerEpoch: int64().default(-1n),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        leaderEpoch: int32(),
        newIsr: array('2', int32()),
        newIsrWithEpochs: array('3+', {
          brokerId: int32(),
          brokerEpoch: int64().default(-1n),
        }),
        leaderRecoveryState: int8(),
        partitionEpoch: int32(),
      }),
    }),
  }),
})
export type AlterPartitionRequest = Decoded<typeof AlterPartitionRequest>

export const AlterPartitionResponse = response({
  name: 'AlterPartitionResponse',
  apiKey: 56,
  versions: '2-3',
  flexible: '2+',
  listeners: ['controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
        isr: array(int32()),
        leaderRecoveryState: int8(),
        partitionEpoch: int32(),
      }),
    }),
  }),
})
export type AlterPartitionResponse = Decoded<typeof AlterPartitionResponse>
