import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endWithThisProcess } from './children.ts'
import { waitForMetadata } from './probe.ts'

/** The other nodes of a cluster of which a broker is one. */
export interface Companions {
  /** How many brokers there are with it. */
  readonly brokers: number
  /** Starts those that do not run; resolves when they answer. */
  start(): Promise<void>
  dispose(): Promise<void>
}

/** How to start one broker process; the same command again starts it again on the same port and data. */
export interface BrokerCommand {
  product: 'samsa' | 'apache'
  version: string
  program: string
  args: string[]
  env: Record<string, string>
  port: number
  /** The ports of the listeners that `BrokerOptions.listeners` names. */
  listenerPorts: Readonly<Record<string, number>>
  /** Holds everything of this broker: data, configuration and its log of the process. */
  home: string
  dataDirectory: string
  companions?: Companions
}

/** A broker in a process of its own, as a user has it. */
export class BrokerProcess {
  readonly product: 'samsa' | 'apache'
  readonly version: string
  readonly host = '127.0.0.1'
  readonly port: number
  readonly bootstrapServers: string
  readonly home: string
  readonly dataDirectory: string
  readonly #command: BrokerCommand
  #child: ChildProcess | null = null
  #hasEnded = false
  #ended: Promise<number | null> = Promise.resolve(null)

  constructor(command: BrokerCommand) {
    this.product = command.product
    this.version = command.version
    this.port = command.port
    this.bootstrapServers = `${this.host}:${command.port}`
    this.home = command.home
    this.dataDirectory = command.dataDirectory
    this.#command = command
  }

  /** The address of a listener that `BrokerOptions.listeners` names. */
  addressOf(listener: string): string {
    return `${this.host}:${this.#command.listenerPorts[listener]}`
  }

  /** How many brokers the cluster has. */
  get clusterSize(): number {
    return this.#command.companions?.brokers ?? 1
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get isRunning(): boolean {
    return this.#child !== null && !this.#hasEnded
  }

  /** Starts the process and waits until it answers Metadata, with all brokers of its cluster. */
  async start(options: { timeoutMs?: number; everyMs?: number } = {}): Promise<void> {
    this.spawn()
    try {
      await this.#command.companions?.start()
      const { timeoutMs = 180_000, everyMs = 25 } = options
      const stillRunning = () => this.isRunning
      await waitForMetadata(this.port, { timeoutMs, everyMs, brokers: this.clusterSize, stillRunning })
    } catch (error) {
      await this.kill()
      throw new Error(`${this.product}: ${(error as Error).message}; its log ends with\n${await this.logTail()}`)
    }
  }

  /** Starts the process without waiting for it. */
  spawn(): void {
    if (this.isRunning) throw new Error(`${this.product} runs already`)
    const { program, args, env } = this.#command
    const output = openSync(join(this.home, 'process.log'), 'a')
    const child = spawn(program, args, { env, cwd: this.home, stdio: ['ignore', output, output] })
    closeSync(output)
    endWithThisProcess(child)
    this.#child = child
    this.#hasEnded = false
    this.#ended = new Promise((resolve) => {
      const end = (code: number | null) => {
        this.#hasEnded = true
        resolve(code)
      }
      child.on('exit', end)
      child.on('error', () => end(null))
    })
  }

  /** SIGKILL: nothing is flushed, nothing is said. Resolves when the process is gone. */
  async kill(): Promise<void> {
    if (this.isRunning) this.#child!.kill('SIGKILL')
    await this.#ended
  }

  /** SIGSTOP: the process stands still, and its connections stay. */
  suspend(): void {
    this.#child?.kill('SIGSTOP')
  }

  /** SIGCONT: it goes on as if nothing had happened. */
  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** SIGTERM and the exit code; a process that hangs is killed and answers null. */
  async stop(timeoutMs = 30_000): Promise<number | null> {
    if (!this.isRunning) return this.#ended
    const child = this.#child!
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    const code = await this.#ended
    clearTimeout(timer)
    return code
  }

  async restart(): Promise<void> {
    await this.kill()
    await this.start()
  }

  /** Stops and removes everything, data included. */
  async dispose(): Promise<void> {
    await this.stop()
    await this.#command.companions?.dispose()
    await rm(this.home, { recursive: true, force: true, maxRetries: 3 })
  }

  /** Resident memory in bytes; only where the system has /proc. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024
  }

  async logTail(lines = 20): Promise<string> {
    const text = await readFile(join(this.home, 'process.log'), 'utf8').catch(() => '')
    return text.trimEnd().split('\n').slice(-lines).join('\n')
  }
}

export interface BrokerOptions {
  properties?: Record<string, string>
  /** The port of the listener that `properties` name; any free one when absent. */
  port?: number
  /** Names of listeners beside `PLAINTEXT`, whose protocols the properties give. */
  listeners?: readonly string[]
  /** System properties of Apache's JVM. */
  systemProperties?: Readonly<Record<string, string>>
  /** `log.dirs` are directories of these names below the data directory; the data directory itself when absent. */
  disks?: readonly string[]
  /** The data directory of a broker that is stopped, Apache's or samsa's: the new one starts on a copy. */
  dataFrom?: string
  /** The release for which fresh data is formatted, such as `4.3`; the broker's own release when absent. */
  releaseVersion?: string
  /** The cluster that it is a part of; absent: it stands alone, or somebody else looks after the others. */
  companions?: Companions
}

export interface BrokerListeners {
  /** The port of `PLAINTEXT`. */
  readonly port: number
  readonly ports: Readonly<Record<string, number>>
  /** `listeners`, and `advertised.listeners`. */
  readonly text: string
}

/** `PLAINTEXT` and the others that are asked for, on free ports. */
export async function brokerListeners(options: BrokerOptions): Promise<BrokerListeners> {
  const names = ['PLAINTEXT', ...(options.listeners ?? [])]
  const drawn = await freePorts(names.length)
  const port = options.port ?? drawn[0]
  const ports: Record<string, number> = Object.fromEntries(names.map((name, index) => [name, drawn[index]]))
  ports.PLAINTEXT = port
  const text = names.map((name) => `${name}://127.0.0.1:${ports[name]}`).join(',')
  return { port, ports, text }
}

export interface BrokerHome {
  home: string
  dataDirectory: string
  /** As `log.dirs` has it. */
  logDirs: string
}

/** A directory for one broker, below the system's temporary files. */
export async function brokerHome(product: string, options: BrokerOptions = {}): Promise<BrokerHome> {
  const home = await mkdtemp(join(tmpdir(), `compat-${product}-`))
  const dataDirectory = join(home, 'data')
  mkdirSync(dataDirectory)
  if (options.dataFrom !== undefined) await cp(options.dataFrom, dataDirectory, { recursive: true })
  const logDirs = options.disks?.map((disk) => join(dataDirectory, disk)).join(',') ?? dataDirectory
  return { home, dataDirectory, logDirs }
}

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports: number[] = []
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ports.push((server.address() as { port: number }).port)
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  return ports
}
