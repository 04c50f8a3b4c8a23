/** A samsa of its own process, started as a user starts it, for scripts that attack or measure it. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface BrokerProcess {
  pid: number
  port: number
  /** null while it runs. */
  exitCode(): number | null
  residentBytes(): number
  stop(): Promise<void>
}

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
/** Several at a time would ask for one port. */
const NO_HTTP = ['--set', 'samsa.http.listeners=']
const START_TIMEOUT_MS = 30_000

/** Resolves when the broker has said that it is ready; `args` are those of the command line. The port is a free one. */
export function startBrokerProcess(args: readonly string[]): Promise<BrokerProcess> {
  const child = spawn(process.execPath, ['--import=tsx', MAIN, '--port', '0', ...NO_HTTP, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => fail('it did not get ready'), START_TIMEOUT_MS)
    const fail = (why: string) => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      reject(new Error(`samsa did not start: ${why}\n${said}`))
    }
    const listen = (chunk: Buffer) => {
      said += chunk
      const port = /kafka at localhost:(\d+)/.exec(said)?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      child.stdout.removeAllListeners('data').resume()
      child.stderr.removeAllListeners('data').resume()
      const pid = child.pid as number
      resolve({
        pid,
        port: Number(port),
        exitCode: () => child.exitCode ?? (child.signalCode === null ? null : -1),
        residentBytes: () => residentBytes(pid),
        stop: async () => {
          child.kill('SIGTERM')
          await exited
        },
      })
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.on('error', (error) => fail(error.message))
    child.on('exit', (code) => fail(`it exited with ${code}`))
  })
}

function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
