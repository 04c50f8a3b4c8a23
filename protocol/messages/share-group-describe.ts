/**
 * ShareGroupDescribe: state, members and assignments of share groups (KIP-932).
 *
 * - v0 was early access in Kafka 4.0 and is gone.
 */
import { array, bool, type Decoded, int16, int32, request, response, string, struct, uuid } from '../schema.ts'

export const ShareGroupDescribeRequest = request({
  name: 'ShareGroupDescribeRequest',
  apiKey: 77,
  versions: '1',
  flexible: '1+',
  fields: () => ({
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
  }),
})
export type ShareGroupDescribeRequest = Decoded<typeof ShareGroupDescribeRequest>

export const ShareGroupDescribeResponse = response({
  name: 'ShareGroupDescribeResponse',
  apiKey: 77,
  versions: '1',
  flexible: '1+',
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
        rackId: string().nullable().default(null),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: array(string()),
        assignment: struct({
          topicPartitions: array({
            topicId: uuid(),
            topicName: string(),
            partitions: array(int32()),
          }),
        }),
      }),
      authorizedOperations: int32().default(-2147483648),
    }),
  }),
})
export type ShareGroupDescribeResponse = Decoded<typeof ShareGroupDescribeResponse>
