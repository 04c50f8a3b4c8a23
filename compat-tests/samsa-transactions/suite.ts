import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { lines, rows, type Tools, toolsOf } from '../apache-tools/tools.ts'
import { leaveHangingTransaction } from '../support/hanging-transaction.ts'
import { JavaServer } from '../support/java.ts'
import { samsaCommand, samsaVersion } from '../support/samsa.ts'
import type { Case, CaseContext, SkippedSuite, Suite } from '../support/suite.ts'

const execute = promisify(execFile)

/** `samsa transactions`, against either broker, with Apache's kafka-transactions as the judge of what it says. */
export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return { client: 'samsa-transactions', skipped: lookup.reason }
  const server = await JavaServer.start(lookup.tool)
  return {
    client: 'samsa-transactions',
    version: samsaVersion(),
    cases: cases(toolsOf(lookup.tool, server)),
    close: () => server.stop(),
  }
}

async function samsa(context: CaseContext, command: string, ...args: string[]): Promise<string> {
  const server = ['--bootstrap-server', context.broker.bootstrapServers]
  const { stdout } = await execute(process.execPath, [...samsaCommand(), 'transactions', command, ...server, ...args])
  return stdout
}

/**
 * Without the columns that tell of a moment, and not of a transaction. Of a transaction that is over Apache's tool leaves the
 * last cell empty, where samsa says that there are no partitions.
 */
const withoutClock = (table: Record<string, string>[]) =>
  table.map(({ TransactionDurationMs: _, 'Duration(min)': __, ...row }) =>
    'TopicPartitions' in row ? { ...row, TopicPartitions: row.TopicPartitions ?? 'None' } : row,
  )

function cases(tools: Tools): Case[] {
  const { run } = tools
  const topicOf = async (context: CaseContext): Promise<string> => {
    const topic = context.unique('transactions')
    await run(context, 'topics', ['--create', '--topic', topic])
    return topic
  }
  /** The rows that both tools print, in any order. */
  const both = async (context: CaseContext, command: string, ...args: string[]) => {
    const [ours, theirs] = [
      await samsa(context, command, ...args),
      await run(context, 'transactions', [command, ...args]),
    ]
    const titles = (text: string) => lines(text)[0].trim().split(/\s+/)
    assert.deepEqual(titles(ours), titles(theirs))
    const sorted = (text: string) =>
      withoutClock(rows(text)).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    assert.deepEqual(sorted(ours), sorted(theirs))
    return sorted(ours)
  }
  return [
    {
      name: 'list, describe, describe-producers and a forced end',
      async run(context) {
        const topic = await topicOf(context)
        const id = context.unique('id')
        await tools.runAlone('producerPerformance', [
          ...['--topic', topic, '--num-records', '20', '--record-size', '10', '--throughput', '-1'],
          ...['--transactional-id', id, '--transaction-duration-ms', '10'],
          ...['--command-property', `bootstrap.servers=${context.broker.bootstrapServers}`, 'acks=all'],
        ])
        assert.ok((await both(context, 'list')).some((row) => row.TransactionalId === id))
        await both(context, 'list', '--transactional-id-pattern', `${id.slice(0, 4)}.*`)
        assert.deepEqual(await both(context, 'list', '--transactional-id-pattern', 'none'), [])
        const [described] = await both(context, 'describe', '--transactional-id', id)
        await both(context, 'describe-producers', '--topic', topic, '--partition', '0')
        const json = JSON.parse(await samsa(context, 'list', '--json', '--producer-id', described.ProducerId))
        assert.equal(json.transactionalId, id)
        assert.equal(await samsa(context, 'list', '--json', '--state', 'Ongoing,PrepareAbort'), '')
        await samsa(context, 'force-terminate', '--transactional-id', id)
        const [fenced] = await both(context, 'describe', '--transactional-id', id)
        assert.equal(Number(fenced.ProducerEpoch), Number(described.ProducerEpoch) + 1)
      },
    },
    {
      name: 'find-hanging and abort',
      async run(context) {
        const topic = await topicOf(context)
        await run(context, 'consoleProducer', ['--topic', topic], 'before\n')
        const { startOffset } = await leaveHangingTransaction(context.broker, topic, 0)
        const [found, ...others] = await both(context, 'find-hanging', '--topic', topic)
        assert.deepEqual([found.StartOffset, others], [String(startOffset), []])
        await both(context, 'describe-producers', '--topic', topic, '--partition', '0')
        await samsa(context, 'abort', '--topic', topic, '--partition', '0', '--start-offset', String(startOffset))
        assert.deepEqual(await both(context, 'find-hanging', '--topic', topic), [])
        const refused = samsa(
          context,
          'abort',
          '--topic',
          topic,
          '--partition',
          '0',
          '--start-offset',
          String(startOffset),
        )
        await assert.rejects(refused, /No transaction that is open in .* begins at offset/)
      },
    },
    {
      name: 'refusals in one sentence',
      async run(context) {
        const topic = await topicOf(context)
        const refusals: [args: string[], words: RegExp][] = [
          [['describe', '--transactional-id', 'nobody'], /There is no transactional id nobody\.\n/],
          [['list', '--state', 'Asleep'], /There is no state Asleep: Kafka has Empty, Ongoing/],
          [['describe-producers', '--topic', 'no-such', '--partition', '0'], /UNKNOWN_TOPIC_OR_PARTITION/],
          [['describe-producers', '--topic', topic, '--partition', '7'], /has no partition 7/],
          [['find-hanging', '--partition', '7'], /The option --partition needs a --topic/],
        ]
        for (const [[command, ...args], words] of refusals)
          await assert.rejects(samsa(context, command, ...args), words)
      },
    },
  ]
}
