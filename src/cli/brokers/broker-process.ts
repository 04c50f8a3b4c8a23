/** A broker of a cluster as a process of its own: this program once more, with other words. */
import { type ChildProcess, spawn } from 'node:child_process'
import { type BrokerIsReady, STOP } from '../parent.ts'
import { Lines } from './node-output.ts'

export type BrokerEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

interface Options {
  readonly words: readonly string[]
  readonly onLine: (line: string, isError: boolean) => void
}

export class BrokerProcess {
  readonly #child: ChildProcess
  /** Resolves with the words of the broker when it answers, or with null when it ends before. */
  readonly ready: Promise<BrokerIsReady | null>
  /** Resolves when the process is gone and all that it wrote has come. */
  readonly ended: Promise<BrokerEnd>
  hasEnded = false

  constructor({ words, onLine }: Options) {
    const [, program] = process.argv
    this.#child = spawn(process.execPath, [...process.execArgv, program!, ...words], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // The signals of a terminal are for the process that started this one: it stops the brokers in their order.
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    this.#forward(this.#child.stdout!, (line) => onLine(line, false))
    this.#forward(this.#child.stderr!, (line) => onLine(line, true))
    this.ended = new Promise((resolve) => {
      const end = (how: BrokerEnd) => {
        this.hasEnded = true
        resolve(how)
      }
      this.#child.once('close', (code, signal) => end({ code, signal }))
      this.#child.once('error', (error) => {
        onLine(error.message, true)
        if (this.#child.pid === undefined) end({ code: null, signal: null })
      })
    })
    this.ready = Promise.race([
      new Promise<BrokerIsReady>((resolve) => this.#child.once('message', (ready) => resolve(ready as BrokerIsReady))),
      this.ended.then(() => null),
    ])
  }

  /** Asks the broker to stop in an orderly way; resolves when it has. */
  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.send(STOP, () => {})
    await this.ended
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #forward(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
    const lines = new Lines(onLine)
    stream.setEncoding('utf8')
    stream.on('data', lines.write)
    stream.once('end', () => lines.end())
  }
}
