import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import type { JavaServer } from '../support/java.ts'
import type { CaseContext } from '../support/suite.ts'

const sources = join(import.meta.dirname, 'java')
export const wordsSource = join(sources, 'Words.java')
const lines = 6_000

/** Kafka's `group.protocol`. */
type Protocol = 'classic' | 'streams'

/** A word count in a process of its own, its topics, and those who feed it and read what it has counted. */
export class WordCount {
  readonly words: string
  readonly counts: string
  readonly application: string
  readonly #kafka: ApacheKafka
  readonly #server: JavaServer
  readonly #context: CaseContext
  readonly #state: string
  readonly #protocol: Protocol

  private constructor(
    kafka: ApacheKafka,
    server: JavaServer,
    context: CaseContext,
    { state, protocol }: { state: string; protocol: Protocol },
  ) {
    this.#kafka = kafka
    this.#server = server
    this.#context = context
    this.#state = state
    this.#protocol = protocol
    this.words = context.unique('words')
    this.counts = context.unique('counts')
    this.application = context.unique('count')
  }

  /** Creates the topics; `start` begins to count. */
  static async create(
    kafka: ApacheKafka,
    server: JavaServer,
    context: CaseContext,
    protocol: Protocol,
  ): Promise<WordCount> {
    const state = await mkdtemp(join(tmpdir(), 'compat-streams-'))
    context.after(() => rm(state, { recursive: true, force: true }))
    const count = new WordCount(kafka, server, context, { state, protocol })
    await count.#say('create', count.words, count.counts)
    return count
  }

  start(): ChildProcess {
    const program = join(sources, 'WordCount.java')
    const { bootstrapServers } = this.#context.broker
    const args = [bootstrapServers, this.application, this.words, this.counts, this.#state, this.#protocol]
    const options = ['-Dorg.apache.logging.log4j.level=OFF', '-cp', this.#kafka.classPath]
    const child = spawn(this.#kafka.jdk.path, [...options, program, ...args], { stdio: 'ignore' })
    this.#context.after(() => end(child, 'SIGKILL'))
    return child
  }

  /** Sends the lines with these numbers. */
  async feed(from: number, to: number): Promise<void> {
    await this.#say('feed', this.words, String(from), String(to))
  }

  /** The counts once so many lines are counted, as Java prints them, or when it has waited for long enough. */
  count(times: number): Promise<string> {
    return this.#say('count', this.counts, String(times), String(this.#patienceMs))
  }

  /** A killed member of a streams group keeps its tasks for a session of 45 seconds, the shortest that brokers allow by default. */
  get #patienceMs(): number {
    return this.#protocol === 'streams' ? 100_000 : 45_000
  }

  async #say(...args: string[]): Promise<string> {
    const { bootstrapServers } = this.#context.broker
    const result = await this.#server.run('Words', [bootstrapServers, ...args], { limitMs: this.#patienceMs + 5_000 })
    assert.equal(result.exitCode, 0, `${result.stdout}${result.stderr}`)
    return result.stdout
  }
}

export interface Counting {
  readonly protocol?: Protocol
  /** Happens while the last third of the lines is counted; the application has been killed before. */
  readonly interrupt?: () => Promise<void>
}

export async function countWords(
  kafka: ApacheKafka,
  server: JavaServer,
  context: CaseContext,
  { protocol = 'classic', interrupt = () => context.broker.restart() }: Counting = {},
): Promise<void> {
  const work = await WordCount.create(kafka, server, context, protocol)
  await work.feed(0, lines / 3)
  const first = work.start()
  await work.count(lines / 3)
  // Work is under way when it dies.
  await work.feed(lines / 3, (2 * lines) / 3)
  await end(first, 'SIGKILL')
  work.start()
  await work.feed((2 * lines) / 3, lines)
  await interrupt()
  const expected = [...Array(7).keys()].map((i) => `w${i}=${Math.ceil((lines - i) / 7)}`)
  assert.equal(await work.count(lines), `{line=${lines}, ${expected.join(', ')}}`)
}

/** Resolves when the process is gone. By SIGTERM the application leaves its group. */
export async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}
