/** The simulated cluster: it is the same for the same seed, and it finds bugs that are planted in replication. */
import t from 'tap'
import { PLANTED_BUGS, runWithBug } from '../../../proof/sim/replication/sabotage.ts'
import { runReplication } from '../../../proof/sim/replication/scenario.ts'

t.setTimeout(600_000)

/** More than enough for these; `make sim BUGS=1` looks for all of them. */
const SEEDS = 20
/** The quickest to be found of each kind: of a follower, of a leader's counting, of its answers, of who is in sync. */
const BUGS = [
  'does not cut where its log leaves the leader',
  'counts a follower one record ahead',
  'acknowledges what it alone has written',
  'takes nobody back in sync',
]

t.test('the same seed gives the same trace, another seed another', async (t) => {
  const first = await runReplication(1)
  const again = await runReplication(1)
  const other = await runReplication(2)
  t.strictSame(again, first)
  t.not(other.hash, first.hash)
  t.ok(first.acknowledged > 50 && first.elections > 1 && first.brokerStarts > 4, 'and it is not idle')
})

/** Seeds whose model or nemesis once went another way than a cluster of Kafka's does. */
const SEEDS_TO_KEEP: Readonly<Record<string, readonly number[]>> = {
  'a move is ordered that takes away what the one under way brings': [63, 107, 146, 175],
  'a broker with a new disk is elected, whose directory must be known': [138],
  'a broker that has lost its disk is brought back by another blow': [162],
  'a broker that has lost records is eligible, and not in sync, when it comes back': [221, 228, 442],
  'the last leader is new when its log is judged, and its watermark behind': [463],
}

for (const [name, seeds] of Object.entries(SEEDS_TO_KEEP)) {
  t.test(name, async (t) => {
    for (const seed of seeds) {
      const { acknowledged } = await runReplication(seed)
      t.ok(acknowledged > 10, `seed ${seed}`)
    }
  })
}

for (const name of BUGS) {
  t.test(`finds a cluster that ${name}`, async (t) => {
    const bug = PLANTED_BUGS[name]
    if (bug === undefined) return void t.fail('there is no such bug')
    for (let seed = 1; seed <= SEEDS; seed++) {
      const finding = await runWithBug(seed, bug).then(
        () => null,
        (error: Error) => error.message,
      )
      if (finding === null) continue
      t.comment(finding.split('\n').slice(0, 3).join('\n'))
      t.pass(`seed ${seed}`)
      return
    }
    t.fail(`none of ${SEEDS} seeds found it`)
  })
}
