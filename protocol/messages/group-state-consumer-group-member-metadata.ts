/**
 * The metadata that a member of a consumer group has given of itself (KIP-848).
 */
import { array, bytes, type Decoded, int32, record, string, struct } from '../schema.ts'

export const ConsumerGroupMemberMetadataKey = record('group-record-key', {
  name: 'ConsumerGroupMemberMetadataKey',
  apiKey: 5,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    memberId: string(),
  }),
})
export type ConsumerGroupMemberMetadataKey = Decoded<typeof ConsumerGroupMemberMetadataKey>

export const ConsumerGroupMemberMetadataValue = record('group-record-value', {
  name: 'ConsumerGroupMemberMetadataValue',
  apiKey: 5,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    instanceId: string().nullable(),
    rackId: string().nullable(),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
    subscribedTopicRegex: string().nullable(),
    rebalanceTimeoutMs: int32().default(-1),
    serverAssignor: string().nullable(),
    classicMemberMetadata: struct({
      sessionTimeoutMs: int32(),
      supportedProtocols: array({
        name: string(),
        metadata: bytes(),
      }),
    })
      .nullable()
      .tagged(0),
  }),
})
export type ConsumerGroupMemberMetadataValue = Decoded<typeof ConsumerGroupMemberMetadataValue>
