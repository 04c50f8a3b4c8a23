/** Karapace as a child process: the checkout that KARAPACE names, on a broker of a case. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type BrokerProcess, freePorts } from '../../support/broker.ts'
import { endWithThisProcess } from '../../support/children.ts'
import { eventually } from '../../support/wait.ts'
import { ask } from './http.ts'

/** Where Karapace is; a text that is no path says why it cannot be had. */
export type Checkout = { readonly directory: string; readonly python: string } | { readonly missing: string }

export function karapaceCheckout(named = process.env.KARAPACE): Checkout {
  if (!named) return { missing: 'KARAPACE names no checkout of Karapace; its cases are left out' }
  const directory = resolve(named)
  const python = join(directory, 'venv/bin/python')
  if (existsSync(python)) return { directory, python }
  return { missing: `KARAPACE names ${directory}, which has no venv/bin/python; the cases of Karapace are left out` }
}

export class Karapace {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(url: string, child: ChildProcess) {
    this.url = url
    this.#child = child
  }

  /** Resolves when it has read `_schemas` to its end and takes changes. */
  static async start(checkout: Checkout, broker: BrokerProcess): Promise<Karapace> {
    if ('missing' in checkout) throw new Error(checkout.missing)
    const [port] = await freePorts(1)
    const log = join(broker.home, 'karapace.log')
    const output = openSync(log, 'a')
    const child = spawn(checkout.python, ['-m', 'karapace'], {
      cwd: checkout.directory,
      env: environment(broker, String(port)),
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    endWithThisProcess(child)
    const karapace = new Karapace(`http://127.0.0.1:${port}`, child)
    try {
      await eventually('Karapace answers and may write', () => karapace.#isReady(), 90_000)
    } catch (error) {
      await karapace.stop()
      const words = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-10).join('\n')
      throw new Error(`${(error as Error).message}; its log ends with\n${words}`)
    }
    return karapace
  }

  async #isReady(): Promise<boolean> {
    if (this.#child.exitCode !== null) throw new Error(`Karapace ended with ${this.#child.exitCode}`)
    try {
      const health = (await ask(this.url, 'GET', '/_health')).body as { status?: Record<string, unknown> }
      if (health.status?.schema_registry_ready !== true) return false
      const master = (await ask(this.url, 'GET', '/master_available')).body as { master_available?: boolean }
      return master.master_available === true
    } catch {
      return false
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(timer)
  }
}

/** Nothing of the environment configures it but this. */
function environment(broker: BrokerProcess, port: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('KARAPACE'))
  return {
    ...Object.fromEntries(inherited),
    KARAPACE_KARAPACE_REGISTRY: 'true',
    KARAPACE_BOOTSTRAP_URI: broker.bootstrapServers,
    KARAPACE_HOST: '127.0.0.1',
    KARAPACE_PORT: port,
    KARAPACE_ADVERTISED_HOSTNAME: '127.0.0.1',
    KARAPACE_ADVERTISED_PORT: port,
    KARAPACE_TOPIC_NAME: '_schemas',
    KARAPACE_LOG_LEVEL: 'INFO',
    // It waits 5 s by default for another that writes.
    KARAPACE_WAITING_TIME_BEFORE_ACTING_AS_MASTER_MS: '500',
  }
}
