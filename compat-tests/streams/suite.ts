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
    ],
    close: () => server.stop(),
  }
}

/** `interrupt` is what happens while the last third of the lines is counted; the application has been killed before. */
export async function countWords(
  kafka: ApacheKafka,
  server: JavaServer,
  context: CaseContext,
  interrupt: () => Promise<void> = () => context.broker.restart(),
): Promise<void> {
  const { broker } = context
  const [words, counts, application] = ['words', 'counts', 'count'].map((word) => context.unique(word))
  const state = await mkdtemp(join(tmpdir(), 'compat-streams-'))
  context.after(() => rm(state, { recursive: true, force: true }))
  const say = async (...args: string[]) => {
    const result = await server.run('Words', [broker.bootstrapServers, ...args])
    assert.equal(result.exitCode, 0, `${result.stdout}${result.stderr}`)
    return result.stdout
  }
  const start = () => {
    const program = join(sources, 'WordCount.java')
    const args = [broker.bootstrapServers, application, words, counts, state]
    const options = ['-Dorg.apache.logging.log4j.level=OFF', '-cp', kafka.classPath]
    const child = spawn(kafka.jdk.path, [...options, program, ...args], { stdio: 'ignore' })
    context.after(() => kill(child))
    return child
  }
  await say('create', words, counts)
  await say('feed', words, '0', String(lines / 3))
  const first = start()
  await say('count', counts, String(lines / 3))
  // Work is under way when it dies.
  await say('feed', words, String(lines / 3), String((2 * lines) / 3))
  await kill(first)
  start()
  await say('feed', words, String((2 * lines) / 3), String(lines))
  await interrupt()
  const expected = [...Array(7).keys()].map((i) => `w${i}=${Math.ceil((lines - i) / 7)}`)
  assert.equal(await say('count', counts, String(lines)), `{line=${lines}, ${expected.join(', ')}}`)
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
