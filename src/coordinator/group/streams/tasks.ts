/** Tasks of a Streams application: a subtopology and one of its partitions (KIP-1071). Values are never changed. */

/** Partitions by subtopology id. */
export type TaskSet = ReadonlyMap<string, ReadonlySet<number>>
/** The same, with the member epoch in which each task was assigned. */
export type TaskEpochs = ReadonlyMap<string, ReadonlyMap<number, number>>

/** Active tasks process records; standby tasks keep copies of their state; warm-up tasks build one for a task to come. */
export interface Tasks {
  readonly active: TaskSet
  readonly standby: TaskSet
  readonly warmup: TaskSet
}

/** The tasks that a member has: the epochs tell an offset commit of an older epoch from one for a task that has moved since. */
export interface HeldTasks {
  readonly active: TaskEpochs
  readonly standby: TaskSet
  readonly warmup: TaskSet
}

const NO_SET: TaskSet = new Map()
const NO_EPOCHS: TaskEpochs = new Map()
export const NO_TASKS: Tasks = { active: NO_SET, standby: NO_SET, warmup: NO_SET }
export const HOLDS_NOTHING: HeldTasks = { active: NO_EPOCHS, standby: NO_SET, warmup: NO_SET }

/** As requests and records have them. */
export interface TaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

/** Several entries of one subtopology are put together. */
export function taskSet(lists: readonly TaskIds[]): TaskSet {
  const sets = new Map<string, Set<number>>()
  for (const { subtopologyId, partitions } of lists) {
    const set = sets.get(subtopologyId) ?? new Set()
    for (const partition of partitions) set.add(partition)
    sets.set(subtopologyId, set)
  }
  return sets
}

/** In rising order of subtopologies and partitions, so that equal tasks give equal bytes. */
export function taskIds(tasks: TaskSet | TaskEpochs): { subtopologyId: string; partitions: number[] }[] {
  return [...tasks]
    .map(([subtopologyId, partitions]) => ({ subtopologyId, partitions: [...partitions.keys()].sort((a, b) => a - b) }))
    .sort((a, b) => (a.subtopologyId < b.subtopologyId ? -1 : 1))
}

export function isEmpty({ active, standby, warmup }: Tasks | HeldTasks): boolean {
  return active.size === 0 && standby.size === 0 && warmup.size === 0
}

export function sameTasks(a: Tasks | HeldTasks, b: Tasks | HeldTasks): boolean {
  return sameSet(a.active, b.active) && sameSet(a.standby, b.standby) && sameSet(a.warmup, b.warmup)
}

/** Whether both have the same tasks, whatever their epochs. */
function sameSet(a: TaskSet | TaskEpochs, b: TaskSet | TaskEpochs): boolean {
  if (a.size !== b.size) return false
  for (const [subtopologyId, partitions] of a) {
    const others = b.get(subtopologyId)
    if (others === undefined || others.size !== partitions.size) return false
    for (const partition of partitions.keys()) if (!others.has(partition)) return false
  }
  return true
}

/** Whether each of equal tasks was assigned in the same epoch. */
export function sameEpochs(a: TaskEpochs, b: TaskEpochs): boolean {
  for (const [subtopologyId, epochs] of a) {
    for (const [partition, epoch] of epochs) if (b.get(subtopologyId)?.get(partition) !== epoch) return false
  }
  return true
}

export function haveCommon(a: Tasks, b: HeldTasks): boolean {
  return intersect(a.active, b.active) || intersect(a.standby, b.standby) || intersect(a.warmup, b.warmup)
}

function intersect(a: TaskSet, b: TaskSet | TaskEpochs): boolean {
  for (const [subtopologyId, partitions] of a) {
    const others = b.get(subtopologyId)
    if (others === undefined) continue
    for (const partition of partitions) if (others.has(partition)) return true
  }
  return false
}
