/**
 * The metadata that a member of a share group has given of itself (KIP-932).
 */
import { array, type Decoded, record, string } from '../schema.ts'

export const ShareGroupMemberMetadataKey = record('group-record-key', {
  name: 'ShareGroupMemberMetadataKey',
  apiKey: 10,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
    memberId: string(),
  }),
})
export type ShareGroupMemberMetadataKey = Decoded<typeof ShareGroupMemberMetadataKey>

export const ShareGroupMemberMetadataValue = record('group-record-value', {
  name: 'ShareGroupMemberMetadataValue',
  apiKey: 10,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    rackId: string().nullable(),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
  }),
})
export type ShareGroupMemberMetadataValue = Decoded<typeof ShareGroupMemberMetadataValue>
