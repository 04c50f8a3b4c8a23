import { compress, decompress, inflate } from '../../protocol/records/compression.ts'
import {
  type Clock,
  type Compute,
  type Environment,
  FileSystemError,
  type Random,
  type Timer,
} from '../../src/env/index.ts'
import { Phase } from './agenda.ts'
import { SimFileSystem } from './file-system.ts'
import { type SimNet, SimNetwork } from './network.ts'
import type { Life, Machine } from './parts.ts'
import type { SeededRandom } from './random.ts'

/** Jobs of this size take the long way, so that both ways are gone. */
const COMPUTE_BYTES = 8 * 1024

/**
 * One life of a node's process: its environment. Once it is dead the environment is inert. Code of the dead process that
 * still has a microtask to run may call it, but nothing happens, and no promise of it is ever settled.
 */
export class SimProcess implements Life {
  readonly node: Machine
  readonly random: SeededRandom
  readonly environment: Environment
  isAlive = true
  #pausedUntilMs = 0

  constructor(node: Machine, net: SimNet, life: number) {
    this.node = node
    this.random = node.random.stream(`life ${life}`)
    this.environment = {
      clock: this.#clock(),
      random: this.#random(this.random.stream('random')),
      files: new SimFileSystem(this),
      network: new SimNetwork(this, net),
      compute: this.#compute(),
    }
  }

  die(): void {
    this.isAlive = false
    ;(this.environment.files as SimFileSystem).processDied()
  }

  /** SIGSTOP, a long collection of garbage, a closed lid: until then nothing of this process happens. */
  pause(durationMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.node.world.timeMs + durationMs)
    this.node.world.record(`${this.node.name} pauses for ${durationMs}`)
  }

  /** Runs `fn` on this process's loop after the delay, unless the process is dead by then. */
  after(delayMs: number, fn: () => void, phase: Phase = Phase.IO): Timer {
    const world = this.node.world
    const run = () => {
      if (!this.isAlive) return
      if (world.timeMs < this.#pausedUntilMs) {
        entry = world.plan(this.#pausedUntilMs - world.timeMs, run, phase)
      } else fn()
    }
    let entry = world.plan(delayMs, run, phase)
    return {
      cancel: () => {
        entry.cancelled = true
      },
    }
  }

  /** Something that takes time: `effect` happens at its end, and its result settles the promise. */
  later<Result>(delayMs: number, line: string, effect: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.after(delayMs, () => {
        let settle: () => void
        try {
          const result = effect()
          this.node.effect(line)
          settle = () => resolve(result)
        } catch (error) {
          this.node.effect(`${line}: ${error instanceof FileSystemError ? error.code : (error as Error).message}`)
          settle = () => reject(error)
        }
        // The crash may have come between the effect and the news of it.
        if (this.isAlive) settle()
      })
    })
  }

  #clock(): Clock {
    const { world } = this.node
    return {
      nowMs: () => Math.floor(world.wallMs + this.node.wallOffsetMs),
      monotonicMs: () => world.timeMs,
      // Whole milliseconds and at least one, as Node's timers have it.
      schedule: (delayMs, fn) => this.after(Math.max(1, Math.ceil(delayMs)), fn, Phase.TIMER),
      defer: (fn) => void this.after(0, fn, Phase.DEFERRED),
    }
  }

  #random(stream: SeededRandom): Random {
    return { integer: (below) => stream.integer(below), bytes: (count) => stream.bytes(count) }
  }

  #compute(): Compute {
    const latency = this.random.stream('compute')
    const job = <Result>(run: () => Result) => this.later(latency.between(0.1, 3), 'computes', run)
    const view = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return {
      worthIt: (bytes) => bytes >= COMPUTE_BYTES,
      inflate: (type, bytes, limits) => job(() => inflate(type, view(bytes), limits)),
      decompress: (type, bytes, limits) => job(() => decompress(type, bytes, limits)),
      compress: (type, bytes, level, magic) => job(() => compress(type, bytes, level, magic)),
      stop: async () => {},
    }
  }
}
