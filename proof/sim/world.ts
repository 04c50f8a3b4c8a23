import type { Environment } from '../../src/env/index.ts'
import { slabChecks } from '../../src/env/slab-pool.ts'
import { Agenda, type Entry, Phase } from './agenda.ts'
import { type CrashMode, SimDisk } from './disk.ts'
import { SimNet } from './network.ts'
import type { Machine, Whole } from './parts.ts'
import { SimProcess } from './process.ts'
import { SeededRandom } from './random.ts'
import { Trace } from './trace.ts'

export type Main = (env: Environment) => unknown

/** A day in the life of no machine in particular; the virtual wall clock starts here. */
const EPOCH_MS = 1_750_000_000_000
/** A world that is this busy goes round in circles. */
const MOST_STEPS = 300_000
const DEFAULT_LIMIT_MS = 10 * 60 * 1000

/**
 * One process holding machines, their disks and the network between them, on one virtual clock. Everything follows from
 * the seed: the same seed gives the same trace, effect by effect.
 */
export class World implements Whole {
  readonly seed: number | string
  readonly random: SeededRandom
  readonly trace = new Trace()
  readonly net: SimNet
  readonly nodes = new Map<string, SimNode>()
  timeMs = 0
  #agenda = new Agenda()
  #steps = 0
  #failure: Error | null = null

  constructor(seed: number | string) {
    slabChecks.enabled = true
    this.seed = seed
    this.random = new SeededRandom(seed)
    this.net = new SimNet(this)
  }

  /** A machine with an empty disk, started on `main`. What `main` throws or rejects with fails the run. */
  spawn(name: string, main: Main): SimNode {
    const node = new SimNode(this, name, main, this.nodes.size + 1)
    this.nodes.set(name, node)
    node.start()
    return node
  }

  plan(delayMs: number, run: () => void, phase: Phase = Phase.IO): Entry {
    return this.#agenda.plan(this.timeMs + Math.max(0, delayMs), phase, run)
  }

  record(line: string): void {
    this.trace.record(`${this.timeMs.toFixed(3)} ${line}`)
  }

  fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error))
  }

  /** Lets things happen until `condition` holds; throws when it does not within `limitMs` of virtual time. */
  async runUntil(condition: () => boolean, what: string, limitMs = DEFAULT_LIMIT_MS): Promise<void> {
    const deadlineMs = this.timeMs + limitMs
    await this.#turn()
    while (!condition()) {
      const next = this.#agenda.peek()
      if (next === undefined) throw this.#error(`Nothing is left to happen while waiting for ${what}.`)
      if (next.timeMs > deadlineMs) throw this.#error(`Waited ${limitMs} ms of virtual time in vain for ${what}.`)
      await this.#step()
    }
  }

  async runFor(durationMs: number): Promise<void> {
    const endMs = this.timeMs + durationMs
    await this.#turn()
    for (let next = this.#agenda.peek(); next && next.timeMs <= endMs; next = this.#agenda.peek()) await this.#step()
    this.timeMs = endMs
  }

  /** Lets things happen until the promise is settled. */
  async settle<Result>(promise: Promise<Result>, what = 'a promise', limitMs?: number): Promise<Result> {
    let settled = false
    const note = () => {
      settled = true
    }
    promise.then(note, note)
    await this.runUntil(() => settled, what, limitMs)
    return promise
  }

  /** The wall clock before any node's own offset. */
  get wallMs(): number {
    return EPOCH_MS + this.timeMs
  }

  async #step(): Promise<void> {
    const entry = this.#agenda.take()
    if (entry === undefined) return
    this.timeMs = entry.timeMs
    if (++this.#steps === MOST_STEPS) throw this.#error(`There were ${MOST_STEPS} steps, and still no end.`)
    try {
      entry.run()
    } catch (error) {
      this.fail(error)
    }
    await this.#turn()
  }

  /** A real turn of the loop: by its end every microtask that the last event has set off is done. */
  async #turn(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    if (this.#failure) throw this.#error(this.#failure.message, this.#failure)
  }

  #error(message: string, cause?: Error): Error {
    const story = this.trace.lastLines(40).join('\n  ')
    return new Error(`${message}\nseed ${this.seed}, trace ${this.trace.hash}; the last of it:\n  ${story}`, { cause })
  }
}

/** A machine: a name, a disk that outlives crashes, and the process that runs on it now. */
export class SimNode implements Machine {
  readonly world: World
  readonly name: string
  readonly address: string
  readonly disk: SimDisk
  readonly random: SeededRandom
  /** How wrong this machine's wall clock is. */
  wallOffsetMs = 0
  #main: Main
  #process: SimProcess | null = null
  #starts = 0
  #crashIn: { effects: number; mode: CrashMode } | null = null

  constructor(world: World, name: string, main: Main, number: number) {
    this.world = world
    this.name = name
    this.address = `10.0.0.${number}`
    this.random = world.random.stream(name)
    this.disk = new SimDisk(() => world.wallMs + this.wallOffsetMs, this.random.stream('disk'))
    this.#main = main
  }

  get isUp(): boolean {
    return this.#process !== null
  }

  /** How often it has been started. */
  get starts(): number {
    return this.#starts
  }

  get process(): SimProcess {
    if (this.#process === null) throw new Error(`${this.name} is down`)
    return this.#process
  }

  start(main: Main = this.#main): void {
    if (this.#process !== null) throw new Error(`${this.name} is up already`)
    this.#main = main
    this.#starts++
    this.world.record(`${this.name} starts`)
    const process = new SimProcess(this, this.world.net, this.#starts)
    this.#process = process
    const failed = (error: unknown) => {
      if (process.isAlive) this.world.fail(error)
    }
    this.world.plan(0, () => {
      try {
        Promise.resolve(main(process.environment)).catch(failed)
      } catch (error) {
        failed(error)
      }
    })
  }

  /** Nothing of the process happens any more. `kill`: SIGKILL, the page cache survives. `power`: what was not synced may be lost. */
  crash(mode: CrashMode): void {
    const process = this.process
    this.#process = null
    this.#crashIn = null
    this.world.record(`${this.name} crashes (${mode})`)
    process.die()
    this.world.net.nodeCrashed(this, mode)
    this.disk.crash(mode)
  }

  /** Crashes right after that many more effects: between a write and its completion, say. */
  crashAfter(effects: number, mode: CrashMode): void {
    this.#crashIn = { effects, mode }
  }

  /** Called at each boundary of an effect. */
  effect(line: string): void {
    this.world.record(`${this.name} ${line}`)
    if (this.#crashIn === null || --this.#crashIn.effects > 0) return
    this.crash(this.#crashIn.mode)
  }
}
