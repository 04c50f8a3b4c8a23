import assert from 'node:assert/strict'
import { join } from 'node:path'
import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { python } from '../../scripts/toolchain/python.ts'
import { transactionCases } from '../kafkajs/transactions.ts'
import { countWords, wordsSource } from '../streams/word-count.ts'
import { ClientDriver } from '../support/driver.ts'
import { JavaServer } from '../support/java.ts'
import type { CaseContext, SkippedSuite, Suite } from '../support/suite.ts'

const folder = join(import.meta.dirname, '..')
const timeoutMs = 240_000
/** The broker of all is no case's to restart. */
const RESTARTING = /SIGKILL/

/** One client's work, which checks its own answers. */
interface Part {
  client: string
  run(context: CaseContext): Promise<void>
}

/**
 * The transactions that the suites of the clients run one after another, here all at the same time on one broker: each
 * client goes on with its cases until all have been through theirs.
 */
export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const client = 'transactions-together'
  const [kafka, pythonTool] = [await apacheKafka(), await python()]
  if (!kafka.ok) return { client, skipped: kafka.reason }
  if (!pythonTool.ok) return { client, skipped: pythonTool.reason }
  const transactions = await JavaServer.start(kafka.tool, [join(folder, 'java-transactions/java/Transactions.java')])
  const words = await JavaServer.start(kafka.tool, [wordsSource])
  const env = { PYTHONPATH: join(folder, 'support/python'), PYTHONDONTWRITEBYTECODE: '1' }
  const librdkafka = await ClientDriver.start({ ...pythonTool.tool, env }, [join(folder, 'confluent-kafka/main.py')])
  const parts: Part[] = [
    { client: 'kafkajs', run: (context) => inTurn(transactionCases, context) },
    { client: 'java', run: (context) => javaScenarios(transactions, context) },
    { client: 'streams', run: (context) => countWords(kafka.tool, words, context, { interrupt: async () => {} }) },
    {
      client: 'librdkafka',
      run: (context) =>
        inTurn(
          librdkafka.cases().filter(({ name }) => name.startsWith('transaction: ') && !RESTARTING.test(name)),
          context,
        ),
    },
  ]
  const names = parts.map((part) => part.client).join(', ')
  return {
    client,
    version: kafka.tool.version,
    cases: [{ name: `${names} on one broker`, timeoutMs, run: (context) => allTogether(parts, context) }],
    async close() {
      await Promise.all([transactions.stop(), words.stop(), librdkafka.stop()])
    },
  }
}

async function allTogether(parts: readonly Part[], context: CaseContext): Promise<void> {
  const unfinished = new Set(parts)
  await Promise.all(
    parts.map(async (part) => {
      try {
        do {
          await part.run(context)
          unfinished.delete(part)
        } while (unfinished.size > 0)
      } catch (error) {
        // A client that fails ends the wait of the others.
        unfinished.clear()
        throw new Error(`${part.client}: ${(error as Error).message}`, { cause: error })
      }
    }),
  )
}

async function inTurn(cases: readonly Pick<Part, 'run'>[], context: CaseContext): Promise<void> {
  for (const one of cases) await one.run(context)
}

async function javaScenarios(server: JavaServer, { broker, unique }: CaseContext): Promise<void> {
  for (const scenario of ['commit-abort', 'offsets', 'fencing']) {
    const result = await server.run('Transactions', [broker.bootstrapServers, scenario, unique(scenario)])
    assert.equal(result.exitCode, 0, `${scenario}: ${result.stdout}${result.stderr}`)
  }
}
