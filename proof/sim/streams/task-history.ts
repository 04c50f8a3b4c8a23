/**
 * The judge of a streams group (KIP-1071), who knows what its members were told, and nothing of the broker.
 *
 * A task is active with one member at a time: until this one has said that it has let go of it, is gone, or may have lost
 * its session. A process, whose members share a disk, has a task once, active or standby. In the end each task is active
 * with somebody, and has its copies in other processes.
 */
import type { History } from '../scenarios/history.ts'

/** A subtopology and a partition: `0_3`. */
export type Task = string

export interface TaskPlan {
  readonly tasks: readonly Task[]
  /** The tasks that have a state, and so many copies of it. */
  readonly stateful: readonly Task[]
  readonly standbyReplicas: number
}

export interface Told {
  readonly active: ReadonlySet<Task>
  readonly standby: ReadonlySet<Task>
}

interface Holder {
  readonly process: string
  /** As it was told last. */
  told: Told
  /** Everything that it has not said to have let go of. */
  active: Set<Task>
  standby: Set<Task>
  /** Its session lasts at least until then (ms of the world). */
  untilMs: number
  /**
   * It may have been told to let go of something by an answer that was lost. As with Apache's broker nobody tells it
   * again, and it is put out when its rebalance timeout has passed.
   */
  doubtfulFromMs: number
  epoch: number
}

export interface Timeouts {
  readonly sessionMs: number
  readonly rebalanceMs: number
}

export class TaskHistory {
  readonly #history: History
  readonly #plan: TaskPlan
  readonly #timeouts: Timeouts
  readonly #holders = new Map<string, Holder>()
  assignments = 0

  constructor(history: History, plan: TaskPlan, timeouts: Timeouts) {
    this.#history = history
    this.#plan = plan
    this.#timeouts = timeouts
  }

  /** The broker has answered a heartbeat that was sent then. */
  alive(member: string, process: string, epoch: number, askedAtMs: number): void {
    const holder = this.#holders.get(member) ?? newHolder(process)
    this.#holders.set(member, holder)
    if (epoch < holder.epoch) this.#history.violation(`${member} went from epoch ${holder.epoch} back to ${epoch}`)
    holder.epoch = epoch
    holder.untilMs = askedAtMs + this.#timeouts.sessionMs
  }

  /** A heartbeat that was sent then was not answered. */
  unanswered(member: string, askedAtMs: number): void {
    const holder = this.#holders.get(member)
    if (holder === undefined) return
    holder.doubtfulFromMs = Math.min(holder.doubtfulFromMs, askedAtMs + this.#timeouts.rebalanceMs)
  }

  /** The member was told what it is to have, by an answer that came then. */
  assigned(member: string, told: Told, toldAtMs: number): void {
    const holder = this.#holders.get(member)
    if (holder === undefined) return
    this.assignments++
    holder.doubtfulFromMs = Number.POSITIVE_INFINITY
    for (const task of told.active) {
      if (told.standby.has(task)) this.#history.violation(`${member} got ${task} in two forms`)
      this.#check(member, task, toldAtMs, (other) => other.active.has(task) || this.#isCopy(other, holder, task))
      holder.active.add(task)
    }
    for (const task of told.standby) {
      const isHere = (other: Holder) => other.process === holder.process && has(other, task)
      this.#check(member, task, toldAtMs, isHere)
      holder.standby.add(task)
    }
    holder.told = told
  }

  #isCopy(other: Holder, { process }: Holder, task: Task): boolean {
    return other.process === process && other.standby.has(task)
  }

  #check(member: string, task: Task, nowMs: number, conflicts: (other: Holder) => boolean): void {
    for (const [name, other] of this.#holders) {
      const isSure = nowMs < Math.min(other.untilMs, other.doubtfulFromMs)
      if (name === member || !isSure || !conflicts(other)) continue
      this.#history.violation(`${member} got ${task} while ${name} had it`)
    }
  }

  /** The member says from now on that it has this alone. */
  released(member: string, owned: Told): void {
    const holder = this.#holders.get(member)
    if (holder === undefined) return
    holder.active = new Set(owned.active)
    holder.standby = new Set(owned.standby)
  }

  /** The member is gone, or begins anew. */
  lost(member: string): void {
    this.#holders.delete(member)
  }

  /** The tasks and copies that are not where they belong, once all is quiet. */
  unfinished(): string[] {
    const { tasks, stateful, standbyReplicas } = this.#plan
    const holders = [...this.#holders.values()]
    const processes = new Set(holders.map(({ process }) => process)).size
    const copies = Math.min(standbyReplicas, processes - 1)
    const missing = tasks.filter((task) => holders.filter(({ told }) => told.active.has(task)).length !== 1)
    const uncopied = stateful.filter((task) => holders.filter(({ told }) => told.standby.has(task)).length !== copies)
    return [...missing.map((task) => `active ${task}`), ...uncopied.map((task) => `copies of ${task}`)]
  }
}

const has = (holder: Holder, task: Task): boolean => holder.active.has(task) || holder.standby.has(task)

function newHolder(process: string): Holder {
  const told = { active: new Set<Task>(), standby: new Set<Task>() }
  return {
    process,
    told,
    active: new Set(),
    standby: new Set(),
    untilMs: 0,
    doubtfulFromMs: Number.POSITIVE_INFINITY,
    epoch: 0,
  }
}
