import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { endWithThisProcess } from '../support/children.ts'
import { classPathOf } from '../support/java.ts'

const SOURCE = join(import.meta.dirname, 'java/Load.java')
const JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-Xshare:auto']
const LONGEST_END_MS = 180_000

export type WorkKind = 'produce' | 'transact' | 'classic' | 'consumer' | 'share'

/** A client of Load.java; consumers are members of a group of their name. */
export interface Work {
  readonly kind: WorkKind
  readonly name: string
  readonly topic: string
  readonly partitions: number
}

/** A record that was acknowledged, or read. */
export interface ToldRecord {
  readonly who: string
  /** `topic-partition`. */
  readonly partition: string
  readonly offset: number
  readonly value: string
}

export interface LoadListener {
  acknowledged(record: ToldRecord): void
  read(record: ToldRecord): void
  /** A client ended, or a record failed for ever. */
  failed(who: string, text: string): void
  /** Everything else: `assigned`, `revoked`, `lost`, `late`, `aborted`. */
  noticed(who: string, what: string, text: string): void
}

/** Apache's newest Java clients at work in one JVM. */
export class Load {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #listener: LoadListener
  readonly #lines: Promise<unknown>
  #isDone = false
  #errors = ''

  private constructor(child: ChildProcessWithoutNullStreams, listener: LoadListener) {
    this.#child = child
    this.#listener = listener
    endWithThisProcess(child)
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => this.#hear(line.split('\t')))
    this.#lines = once(lines, 'close')
    child.stdin.on('error', () => {})
    child.stderr.setEncoding('utf8').on('data', (text) => (this.#errors += text))
  }

  static async start(
    kafka: ApacheKafka,
    bootstrapServers: string,
    works: readonly Work[],
    listener: LoadListener,
  ): Promise<Load> {
    const classPath = await classPathOf(kafka, [SOURCE])
    const words = works.map(({ kind, name, topic, partitions }) => [kind, name, topic, partitions].join(':'))
    const child = spawn(kafka.jdk.path, [...JVM, '-cp', classPath, 'Load', bootstrapServers, ...words])
    return new Load(child, listener)
  }

  /** Ends the clients that write: those that read can come to the end of what there is. */
  endWriting(): void {
    this.#child.stdin.write('\n')
  }

  /** Ends all clients in good order; resolves when everything that they were told has been heard. */
  async stop(): Promise<void> {
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), LONGEST_END_MS)
    await this.#lines
    clearTimeout(timer)
    if (!this.#isDone) this.#listener.failed('load', `it did not end well: ${this.#errors.slice(-2000)}`)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #hear([what = '', who = '', ...words]: readonly string[]): void {
    if (what === 'done') this.#isDone = true
    else if (what === 'acked' || what === 'read') {
      const [topic, partition, offset, value = ''] = words
      const record = { who, partition: `${topic}-${partition}`, offset: Number(offset), value }
      if (what === 'acked') this.#listener.acknowledged(record)
      else this.#listener.read(record)
    } else if (what === 'failed') this.#listener.failed(who, words.join(' '))
    else this.#listener.noticed(who, what, words.join(' '))
  }
}
