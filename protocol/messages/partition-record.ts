/**
 * A partition of a topic, whole: replicas, in-sync replicas, leader and epochs (KIP-631).
 *
 * - v1: the directories of the replicas (KIP-858). v2: eligible leader replicas (KIP-966).
 */
import { array, type Decoded, int8, int32, record, uuid } from '../schema.ts'

export const PartitionRecord = record('metadata-record', {
  name: 'PartitionRecord',
  apiKey: 3,
  versions: '0-2',
  flexible: '0+',
  fields: () => ({
    partitionId: int32().default(-1),
    topicId: uuid(),
    replicas: array(int32()),
    isr: array(int32()),
    removingReplicas: array(int32()),
    addingReplicas: array(int32()),
    leader: int32().default(-1),
    leaderRecoveryState: int8().tagged(0),
    leaderEpoch: int32().default(-1),
    partitionEpoch: int32().default(-1),
    directories: array('1+', uuid()),
    eligibleLeaderReplicas: array('2+', int32()).nullable().tagged(1).default(null),
    lastKnownElr: array('2+', int32()).nullable().tagged(2).default(null),
  }),
})
export type PartitionRecord = Decoded<typeof PartitionRecord>
