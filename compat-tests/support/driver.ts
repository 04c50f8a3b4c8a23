import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Tool } from '../../scripts/toolchain/lookup.ts'
import { endWithThisProcess } from './children.ts'
import type { Case, CaseContext } from './suite.ts'

/** One case in the words of its driver. */
interface DriverCase {
  name: string
  smoke?: boolean
  timeoutMs?: number
}

/** The first line of every driver. */
interface Greeting {
  version: string
  cases: DriverCase[]
}

/** A driver asks for a restart of the broker in the middle of a case, or says that the case has ended. */
type DriverLine = { restart: true } | { ended: string; error: string | null }

interface Running {
  context: CaseContext
  resolve(error: string | null): void
  reject(error: Error): void
}

const defaultTimeoutMs = 60_000
/** A driver is ended this much before its case is given up, so that the reason is what it said. */
const graceMs = 2_000

/**
 * A program in the client's own language that runs cases by name, one after another. Lines of JSON go both ways: it
 * greets with its version and the names of its cases; `{run, bootstrapServers, brokers, unique}` starts one, `{ended, error}` ends
 * it, and in between `{restart}` asks for SIGKILL and a new start of the broker, which `{restarted}` answers.
 */
export class ClientDriver {
  readonly #program: Tool
  readonly #args: readonly string[]
  #greeting: Greeting = { version: '', cases: [] }
  #child: ChildProcessWithoutNullStreams | null = null
  #greeted: Promise<Greeting> = Promise.reject(new Error('the driver was not started'))
  #running: Running | null = null
  #errors = ''

  private constructor(program: Tool, args: readonly string[]) {
    this.#program = program
    this.#args = args
    this.#greeted.catch(() => {
      // Replaced before anybody waits for it.
    })
  }

  static async start(program: Tool, args: readonly string[] = []): Promise<ClientDriver> {
    const driver = new ClientDriver(program, args)
    driver.#spawned()
    driver.#greeting = await driver.#greeted
    return driver
  }

  get version(): string {
    return this.#greeting.version
  }

  cases(): Case[] {
    return this.#greeting.cases.map((one) => ({
      ...one,
      run: async (context) => {
        const error = await this.#run(one, context)
        if (error !== null) throw new Error(error)
      },
    }))
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (!child) return
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.stdin.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await ended
    clearTimeout(timer)
  }

  async #run(one: DriverCase, context: CaseContext): Promise<string | null> {
    const child = this.#spawned()
    await this.#greeted
    const timer = setTimeout(() => child.kill('SIGKILL'), (one.timeoutMs ?? defaultTimeoutMs) - graceMs)
    try {
      return await new Promise((resolve, reject) => {
        this.#running = { context, resolve, reject }
        const { bootstrapServers, clusterSize: brokers } = context.broker
        this.#tell(child, { run: one.name, bootstrapServers, brokers, unique: context.unique('driver') })
      })
    } finally {
      this.#running = null
      clearTimeout(timer)
    }
  }

  #tell(child: ChildProcessWithoutNullStreams, message: object): void {
    child.stdin.write(`${JSON.stringify(message)}\n`)
  }

  #spawned(): ChildProcessWithoutNullStreams {
    if (this.#child) return this.#child
    const child = spawn(this.#program.path, this.#args, { env: { ...process.env, ...this.#program.env } })
    endWithThisProcess(child)
    this.#child = child
    this.#errors = ''
    child.stdin.on('error', () => {
      // The driver ended before it read the line; its end is what counts.
    })
    child.stderr.setEncoding('utf8').on('data', (text) => (this.#errors = (this.#errors + text).slice(-4_000)))
    this.#greeted = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout })
        .once('line', (greeting) => {
          resolve(JSON.parse(greeting))
        })
        .on('line', (line) => this.#hear(child, JSON.parse(line)))
      child.on('error', reject)
      child.on('close', (_, signal) => {
        this.#child = null
        const reason = signal ? `was ended by ${signal}, as when a case does not end` : 'ended'
        const error = new Error(`the driver ${reason}: ${this.#errors}`)
        reject(error)
        this.#running?.reject(error)
      })
    })
    this.#greeted.catch(() => {
      // A failure is heard by those who start or run the driver: they wait for it.
    })
    return child
  }

  #hear(child: ChildProcessWithoutNullStreams, line: DriverLine | Greeting): void {
    const running = this.#running
    if (!running || 'cases' in line) return
    if ('ended' in line) return running.resolve(line.error)
    running.context.broker.restart().then(() => this.#tell(child, { restarted: true }), running.reject)
  }
}
