import t from 'tap'
import { runTransactions } from '../../../proof/sim/transactions/scenario.ts'

t.setTimeout(300_000)

t.test('the same seed gives the same trace, and what Kafka allows comes about', async (t) => {
  const first = await runTransactions(1)
  t.strictSame(await runTransactions(1), first)
  t.ok(first.committed > 10 && first.relayed > 10 && first.brokerStarts > 2, 'and it is not idle')
  const { allowed } = await runTransactions(8, { isTormented: false })
  t.strictSame([...allowed].sort(), ['G0', 'int-send-skip'])
})

// The story of a seed changes with the world; the bugs themselves are held by tests of the log beside it.
t.test('seeds that found bugs', async (t) => {
  const seeds = {
    8: 'a directory that failed while a log was made in it went on without the log',
    82: 'power took the name of a transaction index that other indexes stood for',
    530: 'recovery from a later snapshot forgot what had been aborted before it',
    4836: 'a group was not coordinated any more after the disk had no room for the leader epochs',
    920: 'a start that met a failing disk in two places told of the second one, and not why',
    2395: 'a start that was given up said that the logs were closed, which had not been recovered',
  }
  for (const [seed, story] of Object.entries(seeds)) await t.resolves(runTransactions(Number(seed)), story)
})
