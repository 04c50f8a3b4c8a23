/**
 * Metadata: brokers, and the leaders and replicas of topics.
 *
 * - v0: an empty list of topics asks for all. From v1 on null does, and an empty list asks for none.
 * - v1: rack, controller id, internal topics. v2: cluster id (KIP-78). v3: throttle time (KIP-124).
 * - v4: whether a missing topic may be created. v5: offline replicas (KIP-112).
 * - v6: the response is sent before the client is throttled (KIP-219). v7: leader epochs (KIP-320).
 * - v8: which operations the client is authorized for (KIP-430); for the cluster only until v10 (KIP-700).
 * - v10: topic ids in the response (KIP-516). v12: a topic may be asked for by its id, with a null name.
 * - v13: an error for the whole response: REBOOTSTRAP_REQUIRED (KIP-1102).
 */
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
