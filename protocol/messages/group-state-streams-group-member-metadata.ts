/**
 * The metadata that a member of a Streams group has given of itself (KIP-1071).
 */
import { array, type Decoded, int32, record, string, struct, uint16 } from '../schema.ts'

export const StreamsGroupMemberMetadataKey = record('group-record-key', {
  name: 'StreamsGroupMemberMetadataKey',
  apiKey: 19,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    memberId: string(),
  }),
})
export type StreamsGroupMemberMetadataKey = Decoded<typeof StreamsGroupMemberMetadataKey>

export const StreamsGroupMemberMetadataValue = record('group-record-value', {
  name: 'StreamsGroupMemberMetadataValue',
  apiKey: 19,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    instanceId: string().nullable(),
    rackId: string().nullable(),
    clientId: string(),
    clientHost: string(),
    rebalanceTimeoutMs: int32().default(-1),
    topologyEpoch: int32(),
    processId: string(),
    userEndpoint: struct({
      host: string(),
      port: uint16(),
    })
      .nullable()
      .default(null),
    clientTags: array({
      key: string(),
      value: string(),
    }),
  }),
})
export type StreamsGroupMemberMetadataValue = Decoded<typeof StreamsGroupMemberMetadataValue>
