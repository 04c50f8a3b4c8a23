import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { definedEnvironment } from '../support/apache.ts'
import { BrokerProcess } from '../support/broker.ts'
import { endWithThisProcess } from '../support/children.ts'
import { samsaCommand } from '../support/samsa.ts'

const READY = /^samsa proxy is ready: (\S+) leads to .*?(?:, control at (\S+))?$/
const READY_WITHIN_MS = 60_000

/** `samsa proxy` as a user starts it: a process of its own, on any free port. */
export class ProxyProcess {
  readonly #child: ChildProcess
  readonly #controlUrl: string
  readonly port: number
  readonly bootstrapServers: string

  private constructor(child: ChildProcess, port: number, controlUrl: string) {
    this.#child = child
    this.#controlUrl = controlUrl
    this.port = port
    this.bootstrapServers = `127.0.0.1:${port}`
  }

  /** `args` stand behind those that say where it listens and where it leads. */
  static async start(upstream: string, args: readonly string[] = []): Promise<ProxyProcess> {
    const command = [...samsaCommand(), 'proxy', '--upstream', upstream, '--listen', '127.0.0.1:0', ...args]
    const child = spawn(process.execPath, command, { env: definedEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] })
    endWithThisProcess(child)
    let words = ''
    child.stderr.setEncoding('utf8').on('data', (text) => (words = (words + text).slice(-4_000)))
    const [, address, controlUrl = ''] = await new Promise<RegExpExecArray>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the proxy was not ready in time: ${words}`)), READY_WITHIN_MS)
      createInterface({ input: child.stdout }).on('line', (line) => {
        const match = READY.exec(line)
        if (match === null) return
        clearTimeout(timer)
        resolve(match)
      })
      child.once('exit', () => reject(new Error(`the proxy ended: ${words}`)))
    })
    return new ProxyProcess(child, Number(address.split(':').at(-1)), controlUrl)
  }

  /** Asks the control of a proxy that was started with `--control`; what is refused there rejects here. */
  async control(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const headers = { 'content-type': 'application/json' }
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) }
    const response = await fetch(`${this.#controlUrl}${path}`, init)
    const answer = (await response.json()) as Record<string, unknown>
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
    return answer
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
}

/** A broker as clients meet it through a proxy: its life and its other listeners are its own, its address is the proxy's. */
export class ProxiedBroker extends BrokerProcess {
  readonly #broker: BrokerProcess

  constructor(broker: BrokerProcess, { port }: ProxyProcess) {
    const { product, version, home, dataDirectory } = broker
    super({ product, version, port, home, dataDirectory, listenerPorts: {}, program: '', args: [], env: {} })
    this.#broker = broker
  }

  override addressOf(listener: string): string {
    return this.#broker.addressOf(listener)
  }

  override get clusterSize(): number {
    return this.#broker.clusterSize
  }

  override get pid(): number | undefined {
    return this.#broker.pid
  }

  override get isRunning(): boolean {
    return this.#broker.isRunning
  }

  override start(...options: Parameters<BrokerProcess['start']>): Promise<void> {
    return this.#broker.start(...options)
  }

  override spawn(): void {
    this.#broker.spawn()
  }

  override kill(): Promise<void> {
    return this.#broker.kill()
  }

  override suspend(): void {
    this.#broker.suspend()
  }

  override resume(): void {
    this.#broker.resume()
  }

  override stop(...options: Parameters<BrokerProcess['stop']>): Promise<number | null> {
    return this.#broker.stop(...options)
  }

  override dispose(): Promise<void> {
    return this.#broker.dispose()
  }
}
