/**
 * DescribeTopicPartitions: partitions of topics page by page, with eligible leader replicas (KIP-966).
 */
import { array, bool, type Decoded, int16, int32, request, response, string, struct, uuid } from '../schema.ts'

export const DescribeTopicPartitionsRequest = request({
  name: 'DescribeTopicPartitionsRequest',
  apiKey: 75,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    topics: array({
      name: string(),
    }),
    responsePartitionLimit: int32().default(2000),
    cursor: struct({
      topicName: string(),
      partitionIndex: int32(),
    })
      .nullable()
      .default(null),
  }),
})
export type DescribeTopicPartitionsRequest = Decoded<typeof DescribeTopicPartitionsRequest>

export const DescribeTopicPartitionsResponse = response({
  name: 'DescribeTopicPartitionsResponse',
  apiKey: 75,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    topics: array({
      errorCode: int16(),
      name: string().nullable().mapKey(),
      topicId: uuid(),
      isInternal: bool(),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32().default(-1),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        eligibleLeaderReplicas: array(int32()).nullable().default(null),
        lastKnownElr: array(int32()).nullable().default(null),
        offlineReplicas: array(int32()),
      }),
      topicAuthorizedOperations: int32().default(-2147483648),
    }),
    nextCursor: struct({
      topicName: string(),
      partitionIndex: int32(),
    })
      .nullable()
      .default(null),
  }),
})
export type DescribeTopicPartitionsResponse = Decoded<typeof DescribeTopicPartitionsResponse>
