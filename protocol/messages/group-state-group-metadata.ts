/**
 * A classic group after a rebalance: generation, protocol, leader, members.
 *
 * - v1: rebalance timeout (KIP-62). v2: when the state last changed (KIP-211). v3: group instance ids (KIP-345).
 * - v4: tagged fields.
 */
import { array, bytes, type Decoded, int32, int64, record, string } from '../schema.ts'

export const GroupMetadataKey = record('group-record-key', {
  name: 'GroupMetadataKey',
  apiKey: 2,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    group: string(),
  }),
})
export type GroupMetadataKey = Decoded<typeof GroupMetadataKey>

export const GroupMetadataValue = record('group-record-value', {
  name: 'GroupMetadataValue',
  apiKey: 2,
  versions: '0-4',
  flexible: '4+',
  fields: () => ({
    protocolType: string(),
    generation: int32(),
    protocol: string().nullable(),
    leader: string().nullable(),
    currentStateTimestamp: int64('2+').default(-1n).ignorable(),
    members: array({
      memberId: string(),
      groupInstanceId: string('3+').nullable().default(null).ignorable(),
      clientId: string(),
      clientHost: string(),
      rebalanceTimeout: int32('1+').default(-1).ignorable(),
      sessionTimeout: int32(),
      subscription: bytes(),
      assignment: bytes(),
    }),
  }),
})
export type GroupMetadataValue = Decoded<typeof GroupMetadataValue>
