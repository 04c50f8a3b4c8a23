/**
 * A member that has a task and is to have it in another form goes on with the state on its disk: it does not let go of the
 * task first, and nobody else can have it meanwhile (Kafka 4.4, `CurrentAssignmentBuilder`).
 */
import type { HeldTasks, TaskEpochs, TaskSet, Tasks } from './tasks.ts'

/** One form of tasks, beside the target: what the member keeps, what it is to let go of, and what is free for it. */
export interface Difference {
  readonly kept: Map<string, Map<number, number>>
  readonly lost: Map<string, Map<number, number>>
  readonly free: Map<string, Set<number>>
  /** Something is still somebody else's. */
  readonly waits: boolean
}

export type Differences = Readonly<Record<keyof Tasks, Difference>>

/** Tasks that are no active ones have no epochs; the number is nobody's. */
const NO_EPOCH = 0

const COPIES = ['standby', 'warmup'] as const

/** A task that the member has already becomes a standby or a warm-up task at once. */
export function convert(held: HeldTasks, { standby, warmup }: Differences): void {
  for (const [id, partition] of each(held.active)) if (remove(standby.free, id, partition)) keep(standby, id, partition)
  convertReplicas(held.standby, standby, warmup)
  convertReplicas(held.warmup, warmup, standby)
}

function convertReplicas(held: TaskSet, from: Difference, to: Difference): void {
  for (const [id, partition] of each(held)) {
    if (!remove(to.free, id, partition)) continue
    keep(to, id, partition)
    remove(from.lost, id, partition)
  }
}

/** A copy that is to become the active task is nothing to let go of. */
export function sparePromoted(held: HeldTasks, target: Tasks, differences: Differences): void {
  for (const form of COPIES) {
    for (const [id, partition] of promoted(held[form], target)) remove(differences[form].lost, id, partition)
  }
}

/** It stays a copy until the task is free; `revokes`: the member has to let go of others first, and gets nothing yet. */
export function keepPromoted(held: HeldTasks, target: Tasks, differences: Differences, revokes: boolean): void {
  const { free } = differences.active
  const isGranted = (id: string, partition: number) => !revokes && free.get(id)?.has(partition) === true
  for (const form of COPIES) {
    for (const [id, partition] of promoted(held[form], target)) {
      if (!isGranted(id, partition)) keep(differences[form], id, partition)
    }
  }
}

const promoted = (held: TaskSet, { active }: Tasks) =>
  each(held).filter(([id, partition]) => active.get(id)?.has(partition) === true)

const each = (tasks: TaskSet | TaskEpochs): [subtopologyId: string, partition: number][] =>
  [...tasks].flatMap(([id, partitions]) => [...partitions.keys()].map((partition): [string, number] => [id, partition]))

function keep({ kept }: Difference, subtopologyId: string, partition: number): void {
  const epochs = kept.get(subtopologyId) ?? new Map<number, number>()
  kept.set(subtopologyId, epochs.set(partition, NO_EPOCH))
}

/** Whether it was there. */
function remove<P extends Set<number> | Map<number, number>>(
  tasks: Map<string, P>,
  subtopologyId: string,
  partition: number,
): boolean {
  const partitions = tasks.get(subtopologyId)
  if (partitions?.delete(partition) !== true) return false
  if (partitions.size === 0) tasks.delete(subtopologyId)
  return true
}
