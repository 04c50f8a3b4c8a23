import { array, bool, type Decoded, int16, int32, request, response, string, uuid } from '../schema.ts'

export const MetadataRequest = request({
  name: 'MetadataRequest',
  apiKey: 3,
  versions: '0-13',
  flexible: '9+',
  fields: () => ({
    topics: array({
      topicId: uuid('10+').ignorable(),
      name: string().nullable('10+'),
    }).nullable('1+'),
    allowAutoTopicCreation: bool('4+').default(true),
    includeClusterAuthorizedOperations: bool('8-10'),
    includeTopicAuthorizedOperations: bool('8+'),
  }),
})
export type MetadataRequest = Decoded<typeof MetadataRequest>

export const MetadataResponse = response({
  name: 'MetadataResponse',
  apiKey: 3,
  versions: '0-13',
  flexible: '9+',
  fields: () => ({
    throttleTimeMs: int32('3+').ignorable(),
    brokers: array({
      nodeId: int32().mapKey(),
      host: string(),
      port: int32(),
      rack: string('1+').nullable().default(null).ignorable(),
    }),
    clusterId: string('2+').nullable().default(null).ignorable(),
    controllerId: int32('1+').default(-1).ignorable(),
    topics: array({
      errorCode: int16(),
      name: string().nullable('12+').mapKey(),
      topicId: uuid('10+').ignorable(),
      isInternal: bool('1+').ignorable(),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32('7+').default(-1).ignorable(),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        offlineReplicas: array('5+', int32()).ignorable(),
      }),
      topicAuthorizedOperations: int32('8+').default(-2147483648),
    }),
    clusterAuthorizedOperations: int32('8-10').default(-2147483648),
    errorCode: int16('13+').ignorable(),
  }),
})
export type MetadataResponse = Decoded<typeof MetadataResponse>
