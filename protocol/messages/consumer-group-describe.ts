/**
 * ConsumerGroupDescribe: state, members and assignments of groups of the new protocol (KIP-848).
 *
 * - v1: whether a member speaks the classic or the new protocol (KIP-1099).
 */
import { array, bool, type Decoded, int8, int16, int32, request, response, string, struct, uuid } from '../schema.ts'

export const ConsumerGroupDescribeRequest = request({
  name: 'ConsumerGroupDescribeRequest',
  apiKey: 69,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
  }),
})
export type ConsumerGroupDescribeRequest = Decoded<typeof ConsumerGroupDescribeRequest>

export const ConsumerGroupDescribeResponse = response({
  name: 'ConsumerGroupDescribeResponse',
  apiKey: 69,
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
      assignorName: string(),
      members: array({
        memberId: string(),
        instanceId: string().nullable().default(null),
        rackId: string().nullable().default(null),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: array(string()),
        subscribedTopicRegex: string().nullable().default(null),
        assignment: struct({
          topicPartitions: array({
            topicId: uuid(),
            topicName: string(),
            partitions: array(int32()),
          }),
        }),
        targetAssignment: struct({
          topicPartitions: array({
            topicId: uuid(),
            topicName: string(),
            partitions: array(int32()),
          }),
        }),
        memberType: int8('1+').default(-1).ignorable(),
      }),
      authorizedOperations: int32().default(-2147483648),
    }),
  }),
})
export type ConsumerGroupDescribeResponse = Decoded<typeof ConsumerGroupDescribeResponse>
