/**
 * The way of one member from the tasks that it has to those that it is to have (KIP-1071). It first lets go of what is not
 * its own any more, in its old epoch; then it moves to the target's epoch and gets what is free; what others still hold it
 * gets later. An active task is free when no process has it, and no other member of this process has it in another form:
 * two of them would share a state directory. Pure: gives the member as it is next, or the same one when it cannot go on.
 */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { convert, type Difference, type Differences, keepPromoted, sparePromoted } from './role-changes.ts'
import type { MemberState, StreamsMember } from './streams-member.ts'
import {
  type HeldTasks,
  HOLDS_NOTHING,
  haveCommon,
  isEmpty,
  type TaskEpochs,
  type TaskSet,
  type Tasks,
} from './tasks.ts'

/** Which processes have a task, in each of its forms; as what it is assigned, or not yet let go of. */
export interface TaskOwners {
  active(subtopologyId: string, partition: number): string | undefined
  standby(subtopologyId: string, partition: number): ReadonlySet<string>
  warmup(subtopologyId: string, partition: number): ReadonlySet<string>
}

export interface Reconciliation {
  readonly targetEpoch: number
  readonly target: Tasks
  /** The tasks that the member says it has; null when it does not say. */
  readonly owned: Tasks | null
  readonly owners: TaskOwners
}

export function reconcile(member: StreamsMember, task: Reconciliation): StreamsMember {
  switch (member.state) {
    case 'stable':
      return member.memberEpoch === task.targetEpoch ? member : advance(member, task, member.memberEpoch)
    case 'unrevoked':
      if (task.owned === null || haveCommon(task.owned, member.pendingRevocation)) return member
      return advance(member, task, member.memberEpoch + 1)
    case 'unreleased':
      return advance(member, task, member.memberEpoch)
    case 'unknown':
      // A state of a later Kafka. The safest is that the member begins again, with nothing.
      if (task.owned === null || !isEmpty(task.owned)) {
        throw new KafkaError(
          ErrorCode.FENCED_MEMBER_EPOCH,
          'The streams group member is in a unknown state. The member must abandon all its tasks and rejoin.',
        )
      }
      return advance(member, task, task.targetEpoch)
  }
}

/** `epoch`: the member's as long as it has to let go of tasks. */
function advance(member: StreamsMember, task: Reconciliation, epoch: number): StreamsMember {
  const { target, owned, targetEpoch } = task
  const { assigned: held } = member
  const differences = differencesOf(member, task)
  convert(held, differences)
  sparePromoted(held, target, differences)
  const { active, standby, warmup } = differences
  const revoked: HeldTasks = { active: active.lost, standby: asSet(standby.lost), warmup: asSet(warmup.lost) }
  const revokes = !isEmpty(revoked) && (owned === null || haveCommon(owned, revoked))
  keepPromoted(held, target, differences, revokes)
  if (revokes) {
    const kept = { active: active.kept, standby: asSet(standby.kept), warmup: asSet(warmup.kept) }
    return next(member, 'unrevoked', epoch, kept, revoked)
  }
  const assigned: HeldTasks = {
    active: merged(active.kept, active.free, targetEpoch),
    standby: asSet(merged(standby.kept, standby.free, targetEpoch)),
    warmup: asSet(merged(warmup.kept, warmup.free, targetEpoch)),
  }
  const isWaiting = active.waits || standby.waits || warmup.waits
  return next(member, isWaiting ? 'unreleased' : 'stable', targetEpoch, assigned, HOLDS_NOTHING)
}

/** A task is not yet this member's as long as another process has it, or another member of this one. */
function differencesOf({ processId, assigned: held }: StreamsMember, { target, owners }: Reconciliation): Differences {
  type Judge = (subtopologyId: string, partition: number) => boolean
  const hasActive: Judge = (id, partition) => owners.active(id, partition) === processId
  const hasStandby: Judge = (id, partition) => owners.standby(id, partition).has(processId)
  const hasWarmup: Judge = (id, partition) => owners.warmup(id, partition).has(processId)
  const another = (has: Judge, own: TaskSet | TaskEpochs, id: string, partition: number): boolean =>
    has(id, partition) && own.get(id)?.has(partition) !== true
  return {
    active: difference(held.active, target.active, (id, partition) => {
      if (owners.active(id, partition) !== undefined) return true
      return another(hasStandby, held.standby, id, partition) || another(hasWarmup, held.warmup, id, partition)
    }),
    standby: difference(asEpochs(held.standby), target.standby, (id, partition) => {
      if (another(hasActive, held.active, id, partition) || hasStandby(id, partition)) return true
      return another(hasWarmup, held.warmup, id, partition)
    }),
    warmup: difference(asEpochs(held.warmup), target.warmup, (id, partition) => {
      return hasActive(id, partition) || another(hasStandby, held.standby, id, partition) || hasWarmup(id, partition)
    }),
  }
}

function next(
  member: StreamsMember,
  state: MemberState,
  memberEpoch: number,
  assigned: HeldTasks,
  pendingRevocation: HeldTasks,
): StreamsMember {
  return { ...member, state, memberEpoch, previousMemberEpoch: member.memberEpoch, assigned, pendingRevocation }
}

function difference(
  held: TaskEpochs,
  target: TaskSet,
  isTaken: (subtopologyId: string, partition: number) => boolean,
): Difference {
  const kept = new Map<string, Map<number, number>>()
  const lost = new Map<string, Map<number, number>>()
  const free = new Map<string, Set<number>>()
  let waits = false
  for (const subtopologyId of new Set([...target.keys(), ...held.keys()])) {
    const wanted = target.get(subtopologyId) ?? new Set<number>()
    const epochs = [...(held.get(subtopologyId) ?? [])]
    const keeps = new Map(epochs.filter(([partition]) => wanted.has(partition)))
    const loses = new Map(epochs.filter(([partition]) => !wanted.has(partition)))
    const missing = [...wanted].filter((partition) => !keeps.has(partition))
    const gets = new Set(missing.filter((partition) => !isTaken(subtopologyId, partition)))
    if (gets.size < missing.length) waits = true
    if (keeps.size > 0) kept.set(subtopologyId, keeps)
    if (loses.size > 0) lost.set(subtopologyId, loses)
    if (gets.size > 0) free.set(subtopologyId, gets)
  }
  return { kept, lost, free, waits }
}

function merged(kept: TaskEpochs, free: TaskSet, epoch: number): TaskEpochs {
  const all = new Map<string, Map<number, number>>()
  for (const [subtopologyId, epochs] of kept) all.set(subtopologyId, new Map(epochs))
  for (const [subtopologyId, partitions] of free) {
    const epochs = all.get(subtopologyId) ?? new Map<number, number>()
    for (const partition of partitions) epochs.set(partition, epoch)
    all.set(subtopologyId, epochs)
  }
  return all
}

/** Tasks that are no active ones have no epochs; the numbers are nobody's. */
function asEpochs(tasks: TaskSet): TaskEpochs {
  return new Map(
    [...tasks].map(([id, partitions]) => [id, new Map([...partitions].map((partition) => [partition, 0]))]),
  )
}

function asSet(tasks: TaskEpochs): TaskSet {
  return new Map([...tasks].map(([id, epochs]) => [id, new Set(epochs.keys())]))
}
