import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JavaLibraries } from '../../scripts/toolchain/maven.ts'
import { freePorts } from '../support/broker.ts'
import { endWithThisProcess } from '../support/children.ts'
import type { CaseContext } from '../support/suite.ts'
import { eventually } from '../support/wait.ts'

export type Properties = Readonly<Record<string, string>>

const startMs = 60_000
const quietLogging =
  'status = error\nappender.out.type = Console\nappender.out.name = out\nrootLogger.level = warn\nrootLogger.appenderRef.out.ref = out\n'

/** A directory of this case alone. */
export async function caseDirectory(context: CaseContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'compat-connect-'))
  context.after(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  return directory
}

export async function writeProperties(path: string, properties: Properties): Promise<string> {
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
  await writeFile(path, lines.join(''))
  return path
}

/** A process of Connect or of MirrorMaker, as their scripts start one. */
export class Worker {
  readonly #child: ChildProcess
  readonly #log: string

  private constructor(child: ChildProcess, log: string) {
    this.#child = child
    this.#log = log
  }

  static async start(
    libraries: JavaLibraries,
    context: CaseContext,
    directory: string,
    [className, ...args]: readonly [string, ...string[]],
  ): Promise<Worker> {
    const name = context.unique('worker')
    const logging = join(directory, 'log4j2.properties')
    await writeFile(logging, quietLogging)
    const log = join(directory, `${name}.log`)
    const output = openSync(log, 'a')
    const java = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m', `-Dlog4j2.configurationFile=${logging}`]
    const command = [...java, '-cp', libraries.classPath, className, ...args]
    const child = spawn(libraries.jdk.path, command, { cwd: directory, stdio: ['ignore', output, output] })
    closeSync(output)
    endWithThisProcess(child)
    const worker = new Worker(child, log)
    context.after(() => worker.kill('SIGKILL'))
    return worker
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** SIGTERM for a clean end, SIGKILL for none. */
  async kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return
    this.#child.kill(signal)
    await once(this.#child, 'exit')
  }

  /** Waits for something that this process brings about; its end ends the wait, with its last words. */
  async until<T>(what: string, ask: () => Promise<T | false | null | undefined>, timeoutMs = startMs): Promise<T> {
    try {
      return await eventually(
        what,
        async () => {
          if (!this.isRunning) throw new Error(`the process ended before: ${what}`)
          return ask()
        },
        timeoutMs,
      )
    } catch (error) {
      const words = (await readFile(this.#log, 'utf8')).trimEnd().split('\n').slice(-12).join('\n')
      throw new Error(`${(error as Error).message}\n${words}`)
    }
  }
}

/** The REST interface of one worker. */
export class ConnectRest {
  readonly #origin: string

  constructor(port: number) {
    this.#origin = `http://127.0.0.1:${port}`
  }

  /** null while it does not answer, or answers that it is busy with a rebalance. */
  async get<T>(path: string): Promise<T | null> {
    const response = await fetch(`${this.#origin}${path}`).catch(() => null)
    return response?.ok ? ((await response.json()) as T) : null
  }

  async put(path: string, body: object): Promise<boolean> {
    const headers = { 'content-type': 'application/json' }
    const request = { method: 'PUT', headers, body: JSON.stringify(body) }
    const response = await fetch(`${this.#origin}${path}`, request).catch(() => null)
    return response?.ok ?? false
  }
}

export async function restListener(): Promise<{ rest: ConnectRest; listener: string }> {
  const [port] = await freePorts(1)
  return { rest: new ConnectRest(port), listener: `http://127.0.0.1:${port}` }
}
