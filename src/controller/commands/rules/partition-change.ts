/** A partition whose replicas change: its next leader, its in-sync replicas, and whether a move is complete. */
import { at, first } from '../../../../protocol/collections/elements.ts'
import { isElrEnabled, metadataLevel } from '../../../metadata/features.ts'
import { brokerOf, isActive } from '../../../metadata/image/cluster-image.ts'
import { NO_LEADER_CHANGE } from '../../../metadata/image/partition-registration.ts'
import {
  LeaderRecoveryState,
  LOST_DIRECTORY,
  MIGRATING_DIRECTORY,
  NO_LEADER,
  type PartitionRegistration,
  replicationFactorOf,
  type TopicImage,
  UNASSIGNED_DIRECTORY,
} from '../../../metadata/image/topics-image.ts'
import type { MetadataRecord } from '../../../metadata/metadata-record.ts'
import {
  bumpsLeaderEpochOnIsrShrink,
  partitionRecordVersion,
  supportsDirectoryAssignment,
} from '../../../metadata/metadata-version.ts'
import type { CommandState } from '../command.ts'
import { defaultDirectory } from './placement.ts'

/** How far an election goes: to any replica that has everything, to the first of the list, to one that lacks records. */
export type Election = 'online' | 'preferred' | 'unclean'

/** The partition as it shall be; a field that is not given stays as it is. */
export interface PartitionTarget {
  readonly election?: Election
  readonly isr?: readonly number[]
  readonly replicas?: readonly number[]
  readonly adding?: readonly number[]
  readonly removing?: readonly number[]
  /** Never becomes the leader: it is about to go. */
  readonly leaving?: number
  /** May lead although the image shows it fenced: the same records unfence it. */
  readonly arriving?: number
  /** A broker that may have lost what was not durable: it neither leads nor is it eligible to (KIP-966). */
  readonly unclean?: number
  /** Where one replica is now (KIP-858). */
  readonly directory?: { readonly brokerId: number; readonly id: string }
  /** Whether the leader may still lack records after an unclean election. */
  readonly leaderRecoveryState?: number
}

interface Assignment {
  readonly isr: readonly number[]
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

export const UNCHANGED = {
  isr: null as number[] | null,
  leader: NO_LEADER_CHANGE,
  replicas: null as number[] | null,
  removingReplicas: null as number[] | null,
  addingReplicas: null as number[] | null,
  leaderRecoveryState: -1,
  directories: null as string[] | null,
  eligibleLeaderReplicas: null as number[] | null,
  lastKnownElr: null as number[] | null,
}

type Change = typeof UNCHANGED
type PartitionChange = Extract<MetadataRecord, { type: 'PartitionChangeRecord' }>

export const isBeingReassigned = ({ addingReplicas, removingReplicas }: PartitionRegistration): boolean =>
  addingReplicas.length > 0 || removingReplicas.length > 0

/** The record that makes it so, or null when everything is as it shall be. */
export function partitionChange(
  state: CommandState,
  topic: TopicImage,
  partitionId: number,
  target: PartitionTarget,
): PartitionChange | null {
  const { image } = state
  const old = at(topic.partitions, partitionId)
  const assignment = completedAssignment({
    isr: target.isr ?? old.isr,
    replicas: target.replicas ?? old.replicas,
    adding: target.adding ?? old.addingReplicas,
    removing: target.removing ?? old.removingReplicas,
  })
  const change = { ...UNCHANGED }
  const elected = electInto(change, state, topic, old, assignment, target)
  // A replica that is gone may think that it still follows: a new epoch tells it otherwise.
  if (change.leader === NO_LEADER_CHANGE && !containsAll(assignment.replicas, old.replicas)) change.leader = old.leader
  if (change.isr === null && (elected.isr.length > 0 || isElrEnabled(image)) && !equal(elected.isr, old.isr)) {
    change.isr = [...elected.isr]
  }
  const level = metadataLevel(image)
  const shrinks = change.isr !== null && !containsAll(change.isr, old.isr)
  if (shrinks && change.leader === NO_LEADER_CHANGE && bumpsLeaderEpochOnIsrShrink(level)) change.leader = old.leader
  if (isElrEnabled(image)) {
    // Known from the moment on which the partition has no leader, forgotten as soon as it has one (KIP-966).
    if (change.leader === NO_LEADER && old.lastKnownElr.length === 0) change.lastKnownElr = [old.leader]
    else if (change.leader >= 0 && old.lastKnownElr.length > 0) change.lastKnownElr = []
  }
  assign(change, state, old, assignment, target.directory)
  const recovery = target.leaderRecoveryState ?? old.leaderRecoveryState
  if (recovery !== old.leaderRecoveryState) change.leaderRecoveryState = recovery
  if (Object.entries(UNCHANGED).every(([name, value]) => change[name as keyof Change] === value)) return null
  const value = { topicId: topic.id, partitionId, ...change }
  return { type: 'PartitionChangeRecord', version: partitionRecordVersion(level), value }
}

/** A move is over once those who come are in sync and those who stay can do without those who go (KIP-455). */
function completedAssignment(assignment: Assignment): Assignment {
  const { adding, removing } = assignment
  if (adding.length === 0 && removing.length === 0) return assignment
  const isr = assignment.isr.filter((replica) => !removing.includes(replica))
  const replicas = assignment.replicas.filter((replica) => !removing.includes(replica))
  if (isr.length === 0 || replicas.length === 0 || !containsAll(isr, adding)) return assignment
  // With fewer replicas than before the in-sync ones must not become fewer than they have to.
  if (adding.length < removing.length && !containsAll(isr, replicas)) return assignment
  return { isr, replicas, adding: [], removing: [] }
}

/** Enters the leader and what follows from the election; answers the in-sync replicas that are to be. */
function electInto(
  change: Change,
  state: CommandState,
  topic: TopicImage,
  old: PartitionRegistration,
  assignment: Assignment,
  target: PartitionTarget,
): { isr: readonly number[] } {
  const { image } = state
  const hasElr = isElrEnabled(image)
  let { isr } = assignment
  // A broker that has lost its replica can never lead. Apache keeps it eligible, and the partition waits for it for ever.
  const mayStay = (replica: number) => replica !== target.unclean && assignment.replicas.includes(replica)
  let elr = hasElr ? eligible(state, topic, old, isr).filter(mayStay) : []
  const acceptable = (brokerId: number) =>
    brokerId !== target.leaving && brokerId !== target.unclean && mayLead(state, old, brokerId, target)
  const isValid = (replica: number) =>
    (isr.includes(replica) || (isr.length === 0 && elr.includes(replica))) && acceptable(replica)
  const [lastKnown, ...others] = old.lastKnownElr
  const mayReturn = hasElr && isr.length === 0 && elr.length === 0 && others.length === 0
  const { replicas } = assignment
  const order = target.election === 'preferred' ? [first(replicas), old.leader, ...replicas] : [old.leader, ...replicas]
  const clean = order.find(isValid)
  const unclean =
    mayReturn && lastKnown !== undefined && acceptable(lastKnown) ? lastKnown : uncleanly(target, replicas, acceptable)
  const leader = clean ?? unclean ?? NO_LEADER
  const isUnclean = clean === undefined && leader !== NO_LEADER
  if (leader !== old.leader) {
    change.leader = leader
    if (elr.includes(leader)) {
      isr = [leader]
      elr = elr.filter((replica) => replica !== leader)
    } else if (isUnclean) {
      change.isr = [leader]
      elr = []
      if (old.leaderRecoveryState !== LeaderRecoveryState.RECOVERING) {
        change.leaderRecoveryState = LeaderRecoveryState.RECOVERING
      }
    }
  }
  if (!equal(elr, old.elr)) change.eligibleLeaderReplicas = [...elr]
  return { isr }
}

const uncleanly = (
  { election }: PartitionTarget,
  replicas: readonly number[],
  acceptable: (brokerId: number) => boolean,
): number | undefined => (election === 'unclean' ? replicas.find(acceptable) : undefined)

/** Replicas that left the in-sync ones when these were too few to acknowledge anything: they miss nothing (KIP-966). */
function eligible(
  { image, config }: CommandState,
  topic: TopicImage,
  old: PartitionRegistration,
  isr: readonly number[],
): readonly number[] {
  const { 'min.insync.replicas': configured } = config.topicConfig(image.configs.topic(topic.name))
  if (isr.length >= Math.min(configured, replicationFactorOf(topic))) return []
  const candidates = new Set([...old.elr, ...old.isr])
  return [...candidates].filter((replica) => !isr.includes(replica)).sort((a, b) => a - b)
}

/**
 * It is active, or about to be, and the directory that holds the replica is not offline. A replica that the same change
 * finds in another directory is judged by that one: the directory of before may be gone because its id was lost.
 */
function mayLead(
  { image }: CommandState,
  { replicas, directories }: PartitionRegistration,
  brokerId: number,
  { arriving, directory: moved }: PartitionTarget,
): boolean {
  const broker = brokerOf(image.cluster, brokerId)
  if (broker === undefined || !(brokerId === arriving || isActive(broker))) return false
  const directory = moved?.brokerId === brokerId ? moved.id : directories[replicas.indexOf(brokerId)]
  if (directory === undefined || directory === UNASSIGNED_DIRECTORY || directory === MIGRATING_DIRECTORY) return true
  if (directory === LOST_DIRECTORY) return false
  return broker.logDirs.length === 0 || broker.logDirs.includes(directory)
}

function assign(
  change: Change,
  { image }: CommandState,
  old: PartitionRegistration,
  assignment: Assignment,
  moved: PartitionTarget['directory'],
): void {
  const { replicas, adding, removing } = assignment
  if (supportsDirectoryAssignment(metadataLevel(image))) {
    const known = new Map(old.replicas.map((replica, index) => [replica, at(old.directories, index)]))
    if (moved !== undefined) known.set(moved.brokerId, moved.id)
    const directories = replicas.map((replica) => known.get(replica) ?? defaultDirectory(image, replica))
    if (!equal(directories, old.directories)) change.directories = directories
  }
  if (!equal(replicas, old.replicas)) change.replicas = [...replicas]
  if (!equal(removing, old.removingReplicas)) change.removingReplicas = [...removing]
  if (!equal(adding, old.addingReplicas)) change.addingReplicas = [...adding]
}

const containsAll = <T>(list: readonly T[], parts: readonly T[]): boolean => parts.every((part) => list.includes(part))

const equal = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((element, index) => element === b[index])
