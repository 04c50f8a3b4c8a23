/**
 * ShareGroupHeartbeat: the request by which a consumer joins, stays in and leaves a share group (KIP-932).
 *
 * - v0 was early access in Kafka 4.0 and is gone.
 */
import { array, type Decoded, int16, int32, request, response, string, struct, uuid } from '../schema.ts'

export const ShareGroupHeartbeatRequest = request({
  name: 'ShareGroupHeartbeatRequest',
  apiKey: 76,
  versions: '1',
  flexible: '1+',
  fields: () => ({
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    rackId: string().nullable().default(null),
    subscribedTopicNames: array(string()).nullable().default(null),
  }),
})
export type ShareGroupHeartbeatRequest = Decoded<typeof ShareGroupHeartbeatRequest>

export const ShareGroupHeartbeatResponse = response({
  name: 'ShareGroupHeartbeatResponse',
  apiKey: 76,
  versions: '1',
  flexible: '1+',
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
export type ShareGroupHeartbeatResponse = Decoded<typeof ShareGroupHeartbeatResponse>
