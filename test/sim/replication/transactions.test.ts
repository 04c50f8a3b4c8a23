/** A group and transactions before the simulated cluster; `make sim BUGS=1` looks for bugs of coordinators as well. */
import t from 'tap'
import { runClusterTransactions } from '../../../proof/sim/replication/transactions.ts'

t.setTimeout(600_000)

t.test('the same seed gives the same trace', async (t) => {
  const first = await runClusterTransactions(1)
  t.strictSame(await runClusterTransactions(1), first)
  t.ok(
    first.committed > 10 && first.relayed > 10 && first.elections > 5 && first.brokerStarts > 4,
    'and it is not idle',
  )
})
