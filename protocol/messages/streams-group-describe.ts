/**
 * StreamsGroupDescribe: state, topology, members and tasks of Streams groups (KIP-1071).
 *
 * - v1: the topology as the application describes it (KIP-1331), and the name of the assignor (KIP-1357).
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
import { topologyDescription } from '../topology-description.ts'

const keyValues = () => array({ key: string(), value: string() })
const internalTopics = () =>
  array({ name: string(), partitions: int32(), replicationFactor: int16(), topicConfigs: keyValues() })
const tasks = () => array({ subtopologyId: string(), partitions: array(int32()) })
const taskOffsets = () => array({ subtopologyId: string(), partition: int32(), offset: int64() })

export const StreamsGroupDescribeRequest = request({
  name: 'StreamsGroupDescribeRequest',
  apiKey: 89,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
    includeTopologyDescription: bool('1+'),
  }),
})
export type StreamsGroupDescribeRequest = Decoded<typeof StreamsGroupDescribeRequest>

export const StreamsGroupDescribeResponse = response({
  name: 'StreamsGroupDescribeResponse',
  apiKey: 89,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    groups: array({
      errorCode: int16(),
      errorMessage: string().nullable().default(null),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      topology: struct({
        epoch: int32(),
        subtopologies: array({
          subtopologyId: string(),
          sourceTopics: array(string()),
          repartitionSinkTopics: array(string()),
          stateChangelogTopics: internalTopics(),
          repartitionSourceTopics: internalTopics(),
        })
          .nullable()
          .default(null),
      })
        .nullable()
        .default(null),
      members: array({
        memberId: string(),
        memberEpoch: int32(),
        instanceId: string().nullable().default(null),
        rackId: string().nullable().default(null),
        clientId: string(),
        clientHost: string(),
        topologyEpoch: int32(),
        processId: string(),
        userEndpoint: struct({
          host: string(),
          port: uint16(),
        })
          .nullable()
          .default(null),
        clientTags: keyValues(),
        taskOffsets: taskOffsets(),
        taskEndOffsets: taskOffsets(),
        assignment: struct({
          activeTasks: tasks(),
          standbyTasks: tasks(),
          warmupTasks: tasks(),
        }),
        targetAssignment: struct({
          activeTasks: tasks(),
          standbyTasks: tasks(),
          warmupTasks: tasks(),
        }),
        isClassic: bool(),
      }),
      authorizedOperations: int32().default(-2147483648),
      topologyDescription: topologyDescription('1+').nullable().default(null),
      topologyDescriptionStatus: int8('1+'),
      assignorName: string('1+').nullable().default(null).ignorable(),
    }),
  }),
})
export type StreamsGroupDescribeResponse = Decoded<typeof StreamsGroupDescribeResponse>
