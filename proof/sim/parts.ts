/**
 * The parts of a simulated world as they see each other: a world has machines and a net, a machine has a disk and the life
 * of a process, a process has the environment. The classes behind these faces stand in files of their own.
 */
import type { Timer } from '../../src/env/index.ts'
import type { Entry, Phase } from './agenda.ts'
import type { SimDisk } from './disk.ts'
import type { SeededRandom } from './random.ts'

/** The clock, the machines and the trace. */
export interface Whole {
  readonly timeMs: number
  readonly wallMs: number
  readonly random: SeededRandom
  plan(delayMs: number, run: () => void, phase?: Phase): Entry
  readonly nodes: ReadonlyMap<string, Machine>
  /** Adds a line to the trace. */
  record(line: string): void
}

export interface Machine {
  readonly name: string
  readonly address: string
  readonly disk: SimDisk
  readonly random: SeededRandom
  readonly wallOffsetMs: number
  readonly world: Whole
  /** Called at each boundary of an effect. */
  effect(line: string): void
}

/** One life of a machine's process. */
export interface Life {
  readonly node: Machine
  readonly random: SeededRandom
  readonly isAlive: boolean
  after(delayMs: number, fn: () => void, phase?: Phase): Timer
  later<Result>(delayMs: number, line: string, effect: () => Result): Promise<Result>
}

/** The net as its connections see it. */
export interface Wires<Connection> {
  readonly world: Whole
  readonly random: SeededRandom
  /** How likely a write is cut into several packets. */
  readonly splits: number
  readonly connections: Set<Connection>
  isCut(a: Machine, b: Machine): boolean
  /** How long the next packet is under way. */
  delay(): number
}
