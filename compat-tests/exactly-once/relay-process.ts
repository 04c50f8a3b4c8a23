import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { endWithThisProcess } from '../support/children.ts'

const RESTART_MS = 100

/** A client that is started again whenever it has ended, until it is stopped. */
export class RelayProcess {
  readonly name: string
  readonly #command: readonly [string, ...string[]]
  #child: ChildProcess | null = null
  #isStopped = false
  /** How often it was started, killed, and ended by itself. */
  readonly counts = { starts: 0, kills: 0, ends: 0 }

  constructor(name: string, command: readonly [string, ...string[]]) {
    this.name = name
    this.#command = command
  }

  start(): void {
    const [program, ...args] = this.#command
    const child = spawn(program, args, { stdio: 'ignore' })
    endWithThisProcess(child)
    this.#child = child
    this.counts.starts++
    child.on('exit', async (code) => {
      if (code !== null) this.counts.ends++
      await delay(RESTART_MS)
      if (!this.#isStopped) this.start()
    })
  }

  kill(): void {
    if (this.#child?.kill('SIGKILL')) this.counts.kills++
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
}
