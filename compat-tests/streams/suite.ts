import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApacheKafka, apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { JavaServer } from '../support/java.ts'
import type { CaseContext, SkippedSuite, Suite } from '../support/suite.ts'

const sources = join(import.meta.dirname, 'java')
export const wordsSource = join(sources, 'Words.java')
const lines = 6_000

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return { client: 'streams', skipped: lookup.reason }
  const kafka = lookup.tool
  const server = await JavaServer.start(kafka, [wordsSource])
  return {
    client: 'streams',
    version: kafka.version,
    cases: [
      {
        name: 'exactly_once_v2: a word count that is killed, on a broker that is killed, counts each word once',
        timeoutMs: 150_000,
        run: (context) => countWords(kafka, server, context),
      },
      {
        // A killed member keeps its tasks for a session of 45 seconds, the shortest that the broker allows.
        name: 'group.protocol=streams: the same, in a group whose tasks the broker assigns (KIP-1071)',
        timeoutMs: 250_000,
        run: (context) => countWords(kafka, server, context, { protocol: 'streams' }),
      },
    ],
    close: () => server.stop(),
  }
}

export interface Counting {
  /** Kafka's `group.protocol`. */
  readonly protocol?: 'classic' | 'streams'
  /** Happens while the last third of the lines is counted; the application has been killed before. */
  readonly interrupt?: () => Promise<void>
}

export async function countWords(
  kafka: ApacheKafka,
  server: JavaServer,
  context: CaseContext,
  { protocol = 'classic', interrupt = () => context.broker.restart() }: Counting = {},
): Promise<void> {
  const { broker } = context
  const [words, counts, application] = ['words', 'counts', 'count'].map((word) => context.unique(word))
  const state = await mkdtemp(join(tmpdir(), 'compat-streams-'))
  context.after(() => rm(state, { recursive: true, force: true }))
  const patienceMs = protocol === 'streams' ? 100_000 : 45_000
  const count = (times: number) => say('count', counts, String(times), String(patienceMs))
  const say = async (...args: string[]) => {
    const result = await server.run('Words', [broker.bootstrapServers, ...args], { limitMs: patienceMs + 5_000 })
    assert.equal(result.exitCode, 0, `${result.stdout}${result.stderr}`)
    return result.stdout
  }
  const start = () => {
    const program = join(sources, 'WordCount.java')
    const args = [broker.bootstrapServers, application, words, counts, state, protocol]
    const options = ['-Dorg.apache.logging.log4j.level=OFF', '-cp', kafka.classPath]
    const child = spawn(kafka.jdk.path, [...options, program, ...args], { stdio: 'ignore' })
    context.after(() => kill(child))
    return child
  }
  await say('create', words, counts)
  await say('feed', words, '0', String(lines / 3))
  const first = start()
  await count(lines / 3)
  // Work is under way when it dies.
  await say('feed', words, String(lines / 3), String((2 * lines) / 3))
  await kill(first)
  start()
  await say('feed', words, String((2 * lines) / 3), String(lines))
  await interrupt()
  const expected = [...Array(7).keys()].map((i) => `w${i}=${Math.ceil((lines - i) / 7)}`)
  assert.equal(await count(lines), `{line=${lines}, ${expected.join(', ')}}`)
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
