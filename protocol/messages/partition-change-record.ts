/**
 * The changes of a partition; fields that stay as they are keep their default (KIP-631).
 *
 * - v1: the directories of the replicas (KIP-858). v2: eligible leader replicas (KIP-966).
 */
import { array, type Decoded, int8, int32, record, uuid } from '../schema.ts'

export const PartitionChangeRecord = record('metadata-record', {
  name: 'PartitionChangeRecord',
  apiKey: 5,
  versions: '0-2',
  flexible: '0+',
  fields: () => ({
    partitionId: int32().default(-1),
    topicId: uuid(),
    isr: array(int32()).nullable().tagged(0).default(null),
    leader: int32().tagged(1).default(-2),
    replicas: array(int32()).nullable().tagged(2).default(null),
    removingReplicas: array(int32()).nullable().tagged(3).default(null),
    addingReplicas: array(int32()).nullable().tagged(4).default(null),
    leaderRecoveryState: int8().tagged(5).default(-1),
    directories: array('1+', uuid()).nullable().tagged(8).default(null),
    eligibleLeaderReplicas: array('2+', int32()).nullable().tagged(6).default(null),
    lastKnownElr: array('2+', int32()).nullable().tagged(7).default(null),
  }),
})
export type PartitionChangeRecord = Decoded<typeof PartitionChangeRecord>
