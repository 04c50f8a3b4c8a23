import type { PartitionChangeRecord } from '../../../protocol/messages/partition-change-record.ts'
import type { PartitionRecord } from '../../../protocol/messages/partition-record.ts'
import { MIGRATING_DIRECTORY, type PartitionRegistration } from './topics-image.ts'

/** The leader of a PartitionChangeRecord that leaves the leader alone, -1 being "no leader". */
export const NO_LEADER_CHANGE = -2
const NO_RECOVERY_STATE_CHANGE = -1

const NONE: readonly never[] = Object.freeze([])
/** One empty array for the many lists that are empty: a partition costs what it says. */
const shared = <T>(list: readonly T[] | null): readonly T[] => (list === null || list.length === 0 ? NONE : list)

export function partitionFrom(record: PartitionRecord): PartitionRegistration {
  return {
    replicas: record.replicas,
    directories: directoriesOf(record.directories, record.replicas),
    isr: shared(record.isr),
    removingReplicas: shared(record.removingReplicas),
    addingReplicas: shared(record.addingReplicas),
    elr: shared(record.eligibleLeaderReplicas),
    lastKnownElr: shared(record.lastKnownElr),
    leader: record.leader,
    leaderRecoveryState: record.leaderRecoveryState,
    leaderEpoch: record.leaderEpoch,
    partitionEpoch: record.partitionEpoch,
  }
}

/** A field that the record does not name stays. A leader that is named, even the same one, begins a new leader epoch. */
export function changedPartition(old: PartitionRegistration, record: PartitionChangeRecord): PartitionRegistration {
  const replicas = record.replicas ?? old.replicas
  const keepsLeader = record.leader === NO_LEADER_CHANGE
  return {
    replicas,
    directories: directoriesOf(record.directories ?? old.directories, replicas),
    isr: shared(record.isr ?? old.isr),
    removingReplicas: shared(record.removingReplicas ?? old.removingReplicas),
    addingReplicas: shared(record.addingReplicas ?? old.addingReplicas),
    elr: shared(record.eligibleLeaderReplicas ?? old.elr),
    lastKnownElr: shared(record.lastKnownElr ?? old.lastKnownElr),
    leader: keepsLeader ? old.leader : record.leader,
    leaderRecoveryState:
      record.leaderRecoveryState === NO_RECOVERY_STATE_CHANGE ? old.leaderRecoveryState : record.leaderRecoveryState,
    leaderEpoch: keepsLeader ? old.leaderEpoch : old.leaderEpoch + 1,
    partitionEpoch: old.partitionEpoch + 1,
  }
}

const directoriesOf = (directories: readonly string[], replicas: readonly number[]): readonly string[] =>
  directories.length === 0 ? replicas.map(() => MIGRATING_DIRECTORY) : directories
