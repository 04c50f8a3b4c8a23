/**
 * The messages of consumers of a classic group to each other, through JoinGroup and SyncGroup: their subscription, and
 * the partitions the leader gives them. The version stands before each.
 *
 * - v1: partitions that the consumer owns (KIP-429). v2: the generation they are from (KIP-792).
 * - v3: its rack (KIP-881).
 */
import { array, bytes, type Decoded, data, int32, string } from '../schema.ts'

export const ConsumerProtocolSubscription = data({
  name: 'ConsumerProtocolSubscription',
  versions: '0-3',
  flexible: 'none',
  fields: () => ({
    topics: array(string()),
    userData: bytes().nullable().default(null),
    ownedPartitions: array('1+', {
      topic: string().mapKey(),
      partitions: array(int32()),
    }).ignorable(),
    generationId: int32('2+').default(-1).ignorable(),
    rackId: string('3+').nullable().default(null).ignorable(),
  }),
})
export type ConsumerProtocolSubscription = Decoded<typeof ConsumerProtocolSubscription>

export const ConsumerProtocolAssignment = data({
  name: 'ConsumerProtocolAssignment',
  versions: '0-3',
  flexible: 'none',
  fields: () => ({
    assignedPartitions: array({
      topic: string().mapKey(),
      partitions: array(int32()),
    }),
    userData: bytes().nullable().default(null),
  }),
})
export type ConsumerProtocolAssignment = Decoded<typeof ConsumerProtocolAssignment>
