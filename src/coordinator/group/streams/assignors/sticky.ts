/**
 * Kafka's `sticky` task assignor (KIP-1071). Active tasks first: each stays where it is, else goes where it was a standby,
 * else to the process with the least load; then standby tasks in the same way. No member gets more than its share while
 * others have less. A process is what members of one application instance share: their state is on one disk, so that a
 * standby beside its own active task would save nothing.
 */
import { listAt } from '../../../../../protocol/collections/grouped.ts'
import { give } from '../../partitions.ts'
import type { OffsetsByTask } from '../task-offsets.ts'
import { type HeldTasks, NO_TASKS, type TaskEpochs, type TaskSet, type Tasks } from '../tasks.ts'
import { PriorityQueue } from './priority-queue.ts'

export interface TaskAssignorMember {
  readonly memberId: string
  readonly processId: string
  /** The tasks that it has now, which may not be its target yet: the state of these is on its disk. */
  readonly assigned: Tasks | HeldTasks
  /** How far it is in the tasks of which it has state. */
  readonly offsets: OffsetsByTask
}

export interface TaskAssignment {
  readonly members: readonly TaskAssignorMember[]
  readonly subtopologies: readonly {
    readonly subtopologyId: string
    readonly taskCount: number
    readonly isStateful: boolean
  }[]
  readonly standbyReplicas: number
}

interface Task {
  readonly subtopologyId: string
  readonly partition: number
  readonly key: string
}

class Member {
  readonly memberId: string
  readonly process: Process
  taskCount = 0
  readonly active = new Map<string, Set<number>>()
  readonly standby = new Map<string, Set<number>>()

  constructor(memberId: string, process: Process) {
    this.memberId = memberId
    this.process = process
  }
}

class Process {
  readonly members: Member[] = []
  readonly #tasks = new Set<string>()
  #taskCount = 0
  /** Null when a task has gone to one of its members by another way. */
  #byLoad: PriorityQueue<Member> | null = null

  get load(): number {
    return this.#taskCount / this.members.length
  }

  has({ key }: Task): boolean {
    return this.#tasks.has(key)
  }

  /** One of its members gets the task. */
  give(task: Task, member: Member): void {
    this.#count(task, member)
    this.#byLoad = null
  }

  /** Gives the task to the member with the fewest tasks, which is answered. */
  giveToLeastLoaded(task: Task): Member {
    this.#byLoad ??= new PriorityQueue(({ taskCount }) => taskCount, this.members)
    const member = this.#byLoad.poll() as Member
    this.#count(task, member)
    this.#byLoad.add(member)
    return member
  }

  #count({ key }: Task, member: Member): void {
    member.taskCount++
    this.#taskCount++
    this.#tasks.add(key)
  }
}

/** A member with state of a task: it was a standby of it, or says that it has it still. */
interface Candidate {
  readonly member: Member
  readonly wasStandby: boolean
  readonly offset: bigint
}

/** Standbys first, then by how far they are. */
function byState(a: Candidate, b: Candidate): number {
  if (a.wasStandby !== b.wasStandby) return a.wasStandby ? -1 : 1
  return a.offset > b.offset ? -1 : a.offset < b.offset ? 1 : 0
}

/** So many tasks are each member's share; it grows smaller for the others when a member has its own. */
class Share {
  #tasks: number
  #members: number
  perMember: number

  constructor(tasks: number, members: number) {
    this.#tasks = tasks
    this.#members = members
    this.perMember = Math.ceil(tasks / members)
  }

  /** A member has come to `taskCount` tasks. */
  reached(taskCount: number): void {
    if (taskCount !== this.perMember) return
    this.#members--
    this.#tasks -= taskCount
    this.perMember = this.#members === 0 ? 0 : Math.ceil(this.#tasks / this.#members)
  }
}

const taskKey = (subtopologyId: string, partition: number): string => `${partition} ${subtopologyId}`
const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const byPartition = (a: Task, b: Task): number => a.partition - b.partition || text(a.subtopologyId, b.subtopologyId)
const bySubtopology = (a: Task, b: Task): number => text(a.subtopologyId, b.subtopologyId) || a.partition - b.partition

/** By member id; each member has an entry. */
export function assignSticky(task: TaskAssignment): ReadonlyMap<string, Tasks> {
  if (task.members.length === 0) return new Map()
  return new StickyAssignment(task).run()
}

class StickyAssignment {
  readonly #task: TaskAssignment
  readonly #members: Member[] = []
  readonly #processes = new Map<string, Process>()
  readonly #wasActive = new Map<string, Member>()
  /** The members that have state of a task, the best one first. */
  readonly #wereStandby: ReadonlyMap<string, readonly Member[]>
  readonly #activeShare: Share
  readonly #totalShare: Share

  constructor(task: TaskAssignment) {
    this.#task = task
    const candidates = new Map<string, Candidate[]>()
    for (const { memberId, processId, assigned, offsets } of task.members) {
      const process = this.#processes.get(processId) ?? new Process()
      this.#processes.set(processId, process)
      const member = new Member(memberId, process)
      process.members.push(member)
      this.#members.push(member)
      for (const key of keysOf(assigned.active)) this.#wasActive.set(key, member)
      const standby = new Set(keysOf(assigned.standby))
      for (const [key, offset] of offsetsOf(offsets)) {
        if (!standby.has(key)) listAt(candidates, key).push({ member, wasStandby: false, offset })
      }
      const known = new Map(offsetsOf(offsets))
      for (const key of standby)
        listAt(candidates, key).push({ member, wasStandby: true, offset: known.get(key) ?? 0n })
    }
    this.#wereStandby = new Map(
      [...candidates].map(([key, all]) => [key, all.sort(byState).map(({ member }) => member)]),
    )
    const active = this.#tasks(false).length
    const standby = this.#tasks(true).length * task.standbyReplicas
    this.#activeShare = new Share(active, task.members.length)
    this.#totalShare = new Share(active + standby, task.members.length)
  }

  run(): ReadonlyMap<string, Tasks> {
    this.#assignActive(this.#tasks(false))
    if (this.#task.standbyReplicas > 0) this.#assignStandby(this.#tasks(true))
    return new Map(this.#members.map(({ memberId, active, standby }) => [memberId, { ...NO_TASKS, active, standby }]))
  }

  #tasks(onlyStateful: boolean): Task[] {
    return this.#task.subtopologies.flatMap(({ subtopologyId, taskCount, isStateful }) =>
      onlyStateful && !isStateful
        ? []
        : Array.from({ length: taskCount }, (_, partition) => ({
            subtopologyId,
            partition,
            key: taskKey(subtopologyId, partition),
          })),
    )
  }

  /** Tasks are looked at partition by partition where they stay, and in ranges where they are new. */
  #assignActive(tasks: Task[]): void {
    const moving = tasks.sort(byPartition).filter((task) => !this.#keepActive(task, this.#wasActive.get(task.key)))
    const left = moving.filter((task) => !this.#keepActive(task, leastLoaded(this.#wereStandby.get(task.key), null)))
    const processes = this.#byLoad()
    for (const task of left.sort(bySubtopology)) {
      const process = processes.poll() as Process
      this.#tookActive(task, process.giveToLeastLoaded(task))
      processes.add(process)
    }
  }

  #byLoad(): PriorityQueue<Process> {
    return new PriorityQueue(({ load }) => load, this.#processes.values())
  }

  #keepActive(task: Task, member: Member | null | undefined): boolean {
    if (!member || member.taskCount >= this.#activeShare.perMember) return false
    member.process.give(task, member)
    this.#tookActive(task, member)
    return true
  }

  #tookActive(task: Task, member: Member): void {
    give(member.active, task.subtopologyId, task.partition)
    this.#activeShare.reached(member.taskCount)
    this.#totalShare.reached(member.taskCount)
  }

  #assignStandby(tasks: Task[]): void {
    const left: { task: Task; replicas: number }[] = []
    for (const task of tasks.sort((a, b) => byPartition(b, a))) {
      for (let replica = 0; replica < this.#task.standbyReplicas; replica++) {
        if (this.#keepStandby(task)) continue
        left.push({ task, replicas: this.#task.standbyReplicas - replica })
        break
      }
    }
    const processes = this.#byLoad()
    for (const { task, replicas } of left.sort((a, b) => bySubtopology(b.task, a.task))) {
      for (let replica = 0; replica < replicas; replica++) if (!this.#giveStandby(task, processes)) break
    }
  }

  /** Where the task was active its state is newest; else where it was a standby. */
  #keepStandby(task: Task): boolean {
    const active = this.#wasActive.get(task.key)
    const keeper =
      active !== undefined && !active.process.has(task) && this.#hasRoom(active)
        ? active
        : leastLoaded(this.#wereStandby.get(task.key), task)
    if (keeper === null || !this.#hasRoom(keeper)) return false
    keeper.process.give(task, keeper)
    this.#tookStandby(task, keeper)
    return true
  }

  #hasRoom({ taskCount }: Member): boolean {
    return taskCount < this.#totalShare.perMember
  }

  /** To the process with the least load that does not have the task. False: all have it, and another copy is of no use. */
  #giveStandby(task: Task, processes: PriorityQueue<Process>): boolean {
    const process = processes.poll()
    if (process === undefined) return false
    const isFree = !process.has(task)
    if (isFree) this.#tookStandby(task, process.giveToLeastLoaded(task))
    const isGiven = isFree || this.#giveStandby(task, processes)
    processes.add(process)
    return isGiven
  }

  #tookStandby(task: Task, member: Member): void {
    give(member.standby, task.subtopologyId, task.partition)
    this.#totalShare.reached(member.taskCount)
  }
}

/** As in Kafka, another one is better only if its process and the member itself have less to do than the best so far. */
function leastLoaded(members: readonly Member[] | undefined, without: Task | null): Member | null {
  let best: Member | null = null
  for (const member of members ?? []) {
    if (without !== null && member.process.has(without)) continue
    const isBetter = best === null || (member.process.load < best.process.load && member.taskCount < best.taskCount)
    if (isBetter) best = member
  }
  return best
}

function* offsetsOf(offsets: OffsetsByTask): Generator<[key: string, offset: bigint]> {
  for (const [subtopologyId, byPartition] of offsets) {
    for (const [partition, offset] of byPartition) yield [taskKey(subtopologyId, partition), offset]
  }
}

function* keysOf(tasks: TaskSet | TaskEpochs): Generator<string> {
  for (const [subtopologyId, partitions] of tasks)
    for (const partition of partitions.keys()) yield taskKey(subtopologyId, partition)
}
