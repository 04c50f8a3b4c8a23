import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { apacheBroker } from '../support/apache.ts'
import { type BrokerProcess, brokerHome } from '../support/broker.ts'
import { endWithThisProcess } from '../support/children.ts'
import { samsaBroker } from '../support/samsa.ts'
import { forgetPeak, residentMb } from './load/process-cost.ts'

/** `before` is another build of samsa, the one that BEFORE names. */
export type Product = 'samsa' | 'before' | 'apache' | 'floor' | 'sink' | 'echo'

/** The thing that is measured: a broker, or one of the limits beside them, as a process with a port and fresh data. */
export interface Target {
  product: Product
  version: string
  port: number
  pid: number
  dataDirectory: string
  /** From the start of the process to its first answer; 0 for the limits. */
  startMs: number
  /** Resident some seconds after the start, before any load. */
  idleMb: number
  /** The last lines that the process has printed, for when a case fails. */
  logTail(): Promise<string>
  dispose(): Promise<void>
}

/** Long enough for what a broker does right after its start to settle. */
const idleMs = 2_000

/** The configuration of both brokers beside where they are; all else is the default of each. */
const brokerProperties = {
  // Cases delete their topics; the next one begins when the files are gone, on the same empty disk as the first.
  'log.segment.delete.delay.ms': '0',
}

export interface TargetOptions {
  /** The port of the listener on which the broker is asked whether it is ready; any free one when absent. */
  readonly port?: number
  /** Variables of samsa's process beside those of this one. */
  readonly env?: Readonly<Record<string, string>>
}

export async function startTarget(
  product: Product,
  more: Record<string, string> = {},
  { port, env }: TargetOptions = {},
): Promise<Target> {
  const properties = { ...brokerProperties, ...more }
  if (product === 'samsa') return startBroker(await samsaBroker({ properties, port, env }))
  if (product === 'before')
    return startBroker(await samsaBroker({ properties, bin: process.env.BEFORE, port }), product)
  if (product === 'apache') return startBroker(await apacheBroker({ properties, port }))
  return startLimit(product)
}

async function startBroker(broker: BrokerProcess, product: Product = broker.product): Promise<Target> {
  const forget = removeAtExit(broker.home)
  const startedAtMs = performance.now()
  await broker.start({ everyMs: 1 })
  const startMs = performance.now() - startedAtMs
  await delay(idleMs)
  const { version, port, dataDirectory } = broker
  const pid = broker.pid!
  const idleMb = residentMb(pid, 'VmRSS')
  forgetPeak(pid)
  const dispose = async (): Promise<void> => {
    await broker.dispose()
    forget()
  }
  return { product, version, port, pid, dataDirectory, startMs, idleMb, logTail: () => broker.logTail(), dispose }
}

async function startLimit(product: 'floor' | 'sink' | 'echo'): Promise<Target> {
  const { home, dataDirectory } = await brokerHome(product)
  const forget = removeAtExit(home)
  const program: [string, ...string[]] =
    product === 'floor' ? ['floor-broker.ts', dataDirectory] : ['sink.ts', product, join(dataDirectory, 'received')]
  const { port, pid, stop } = await spawnLimit(program)
  const dispose = async (): Promise<void> => {
    await stop()
    await rm(home, { recursive: true, force: true })
    forget()
  }
  const about = { product, version: '', port, pid, dataDirectory, startMs: 0, idleMb: 0 }
  return { ...about, logTail: async () => '', dispose }
}

interface Limit {
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

/** A process that carries bytes to this port and back. */
export const startRelay = (port: number): Promise<Limit> => spawnLimit(['relay.ts', String(port)])

/** A program of `limits/`, whose first line is the port at which it listens. */
async function spawnLimit([script, ...args]: readonly [script: string, ...args: string[]]): Promise<Limit> {
  const command = [`--import=${import.meta.resolve('tsx')}`, join(import.meta.dirname, 'limits', script), ...args]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
  endWithThisProcess(child)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(Number(line)))
    ended.then(() => reject(new Error(`${script} ended before it listened; its reason is above`)))
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  return { port, pid: child.pid!, stop }
}

/** Does the work and disposes of the target; where the work fails, says what the target said last. */
export async function whileRunning<T>(target: Target, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    console.error(`The log of ${target.product} ends with\n${await target.logTail()}`)
    throw error
  } finally {
    await target.dispose()
  }
}

/** An interrupted run leaves no gigabytes behind. Answers with what takes the wish back. */
export function removeAtExit(directory: string): () => void {
  const remove = (): void => rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  process.on('exit', remove)
  return () => void process.off('exit', remove)
}
