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
