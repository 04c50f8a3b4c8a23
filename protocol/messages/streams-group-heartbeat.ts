/**
 * StreamsGroupHeartbeat: the request by which a Streams application joins, stays in and leaves its group; the broker
 * assigns tasks of the topology that was sent in (KIP-1071).
 *
 * - v1: the lag that a task may have is 64 bits wide; the broker may ask for a description of the topology (KIP-1331).
 */
import {
  array,
  bool,
  type Decoded,
  int8,
  int16,
  int32,
  int64,
  request,
  response,
  string,
  struct,
  uint16,
} from '../schema.ts'

const keyValues = () => array({ key: string(), value: string() })
const internalTopics = () =>
  array({ name: string(), partitions: int32(), replicationFactor: int16(), topicConfigs: keyValues() })
const tasks = () => array({ subtopologyId: string(), partitions: array(int32()) })
const taskOffsets = () => array({ subtopologyId: string(), partition: int32(), offset: int64() })

export const StreamsGroupHeartbeatRequest = request({
  name: 'StreamsGroupHeartbeatRequest',
  apiKey: 88,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    endpointInformationEpoch: int32(),
    instanceId: string().nullable().default(null),
    rackId: string().nullable().default(null),
    rebalanceTimeoutMs: int32().default(-1),
    topology: struct({
      epoch: int32(),
      subtopologies: array({
        subtopologyId: string(),
        sourceTopics: array(string()),
        sourceTopicRegex: array(string()),
        stateChangelogTopics: internalTopics(),
        repartitionSinkTopics: array(string()),
        repartitionSourceTopics: internalTopics(),
        copartitionGroups: array({
          sourceTopics: array(int16()),
          sourceTopicRegex: array(int16()),
          repartitionSourceTopics: array(int16()),
        }),
      }),
    })
      .nullable()
      .default(null),
    activeTasks: tasks().nullable().default(null),
    standbyTasks: tasks().nullable().default(null),
    warmupTasks: tasks().nullable().default(null),
    processId: string().nullable().default(null),
    userEndpoint: struct({
      host: string(),
      port: uint16(),
    })
      .nullable()
      .default(null),
    clientTags: keyValues().nullable().default(null),
    taskOffsets: taskOffsets().nullable().default(null),
    taskEndOffsets: taskOffsets().nullable().default(null),
    shutdownApplication: bool(),
  }),
})
export type StreamsGroupHeartbeatRequest = Decoded<typeof StreamsGroupHeartbeatRequest>

export const StreamsGroupHeartbeatResponse = response({
  name: 'StreamsGroupHeartbeatResponse',
  apiKey: 88,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable().default(null),
    memberId: string(),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    acceptableRecoveryLagLegacy: int32('0'),
    taskOffsetIntervalMs: int32(),
    acceptableRecoveryLag: int64('1+').default(-1n).ignorable(),
    status: array({
      statusCode: int8(),
      statusDetail: string(),
    }).nullable(),
    activeTasks: tasks().nullable().default(null),
    standbyTasks: tasks().nullable().default(null),
    warmupTasks: tasks().nullable().default(null),
    topologyDescriptionRequired: bool('1+'),
    endpointInformationEpoch: int32(),
    partitionsByUserEndpoint: array({
      userEndpoint: struct({
        host: string(),
        port: uint16(),
      }),
      activePartitions: array({
        topic: string(),
        partitions: array(int32()),
      }),
      standbyPartitions: array({
        topic: string(),
        partitions: array(int32()),
      }),
    })
      .nullable()
      .default(null),
  }),
})
export type StreamsGroupHeartbeatResponse = Decoded<typeof StreamsGroupHeartbeatResponse>
