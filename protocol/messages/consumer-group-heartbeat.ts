/**
 * ConsumerGroupHeartbeat: the one request by which a consumer joins, stays in and leaves a group of the new protocol;
 * the coordinator computes the assignment (KIP-848). Fields that did not change since the last heartbeat are null.
 *
 * - v1: subscription by a regular expression that the broker evaluates (KIP-848); the consumer makes its own member
 *   id (KIP-1082).
 */
import { array, type Decoded, int16, int32, request, response, string, struct, uuid } from '../schema.ts'

export const ConsumerGroupHeartbeatRequest = request({
  name: 'ConsumerGroupHeartbeatRequest',
  apiKey: 68,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    instanceId: string().nullable().default(null),
    rackId: string().nullable().default(null),
    rebalanceTimeoutMs: int32().default(-1),
    subscribedTopicNames: array(string()).nullable().default(null),
    subscribedTopicRegex: string('1+').nullable().default(null),
    serverAssignor: string().nullable().default(null),
    topicPartitions: array({
      topicId: uuid(),
      partitions: array(int32()),
    })
      .nullable()
      .default(null),
  }),
})
export type ConsumerGroupHeartbeatRequest = Decoded<typeof ConsumerGroupHeartbeatRequest>

export const ConsumerGroupHeartbeatResponse = response({
  name: 'ConsumerGroupHeartbeatResponse',
  apiKey: 68,
  versions: '0-1',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable().default(null),
    memberId: string().nullable().default(null),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: struct({
      topicPartitions: array({
        topicId: uuid(),
        partitions: array(int32()),
      }),
    })
      .nullable()
      .default(null),
  }),
})
export type ConsumerGroupHeartbeatResponse = Decoded<typeof ConsumerGroupHeartbeatResponse>
