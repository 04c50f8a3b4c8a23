/** A group and transactions before the simulated cluster: the same for the same seed, and bugs are found. */
import t from 'tap'
import { PLANTED_BUGS, withBug } from '../../../proof/sim/replication/sabotage.ts'
import { runClusterTransactions } from '../../../proof/sim/replication/transactions.ts'
import { WORLDS } from '../../../proof/sim/replication/worlds.ts'

t.setTimeout(600_000)

/** More than enough. */
const SEEDS = 10

t.test('the same seed gives the same trace', async (t) => {
  const first = await runClusterTransactions(1)
  t.strictSame(await runClusterTransactions(1), first)
  t.ok(
    first.committed > 10 && first.relayed > 10 && first.elections > 5 && first.brokerStarts > 4,
    'and it is not idle',
  )
})

t.test('finds brokers that write markers of transactions into no partition but their own', async (t) => {
  const alone = { 'process.roles': 'broker,controller', 'controller.quorum.bootstrap.servers': '' }
  await t.rejects(runClusterTransactions(1, { brokerConfig: alone }), {
    message: /in vain for the producers to finish/,
  })
})

t.test('finds coordinators whose state is on no broker but theirs', async (t) => {
  const bug = PLANTED_BUGS['acknowledges what it alone has written']
  if (bug === undefined) return void t.fail('there is no such bug')
  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = () => runClusterTransactions(seed, WORLDS.seldomFetches)
    const finding = await withBug(bug, run).then(
      () => null,
      (error: Error) => error.message,
    )
    if (finding === null) continue
    t.comment(finding.split('\n').slice(0, 2).join('\n'))
    return void t.pass(`seed ${seed}`)
  }
  t.fail(`none of ${SEEDS} seeds found it`)
})
