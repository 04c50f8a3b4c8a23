import assert from 'node:assert/strict'
import { leaveHangingTransaction } from '../support/hanging-transaction.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import { lines, rows, type Tools } from './tools.ts'

export function transactionCases({ run, attempt }: Tools): Case[] {
  const topicOf = async (context: CaseContext, word: string): Promise<string> => {
    const topic = context.unique(word)
    await run(context, 'topics', ['--create', '--topic', topic])
    return topic
  }
  const transactions = (context: CaseContext, ...args: string[]) => run(context, 'transactions', args)
  const readCommitted = async (context: CaseContext, topic: string) => {
    const isolation = ['--isolation-level', 'read_committed', '--from-beginning', '--timeout-ms', '2000']
    return lines((await attempt(context, 'consoleConsumer', ['--topic', topic, ...isolation])).stdout)
  }
  return [
    {
      name: 'kafka-transactions: find-hanging and abort',
      async run(context) {
        const topic = await topicOf(context, 'hanging')
        const place = ['--topic', topic, '--partition', '0']
        await run(context, 'consoleProducer', ['--topic', topic], 'before\n')
        const hanging = await leaveHangingTransaction(context.broker, topic, 0)
        await run(context, 'consoleProducer', ['--topic', topic], 'after\n')
        assert.deepEqual(await readCommitted(context, topic), ['before'])

        const [producer] = rows(await transactions(context, 'describe-producers', ...place)).filter(
          ({ ProducerId }) => ProducerId === String(hanging.producerId),
        )
        assert.equal(producer.CurrentTransactionStartOffset, String(hanging.startOffset))
        const [found, ...others] = rows(await transactions(context, 'find-hanging', '--topic', topic))
        assert.deepEqual(others, [])
        const { ProducerId, ProducerEpoch, StartOffset, LastTimestamp } = found
        assert.deepEqual([ProducerId, ProducerEpoch, StartOffset, LastTimestamp].map(Number), [
          hanging.producerId,
          hanging.producerEpoch,
          hanging.startOffset,
          hanging.timestampMs,
        ])

        await transactions(context, 'abort', ...place, '--start-offset', String(hanging.startOffset))
        assert.deepEqual(rows(await transactions(context, 'find-hanging', '--topic', topic)), [])
        assert.deepEqual(await readCommitted(context, topic), ['before', 'after'])
      },
    },
  ]
}
