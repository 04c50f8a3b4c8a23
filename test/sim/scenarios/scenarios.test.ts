import t from 'tap'
import { PLANTED_BUGS, runWithBug } from '../../../proof/sim/scenarios/sabotage.ts'
import { runScenario } from '../../../proof/sim/scenarios/scenario.ts'

t.setTimeout(300_000)

/** As many as `make sim` runs of the broker as it is. */
const SEEDS = 200

t.test('the same seed gives the same trace, another seed another', async (t) => {
  const first = await runScenario(1)
  const again = await runScenario(1)
  const other = await runScenario(2)
  t.strictSame(again, first)
  t.not(other.hash, first.hash)
  t.ok(first.acknowledged > 100 && first.commits > 10 && first.brokerStarts > 2, 'and it is not idle')
})

for (const [name, bug] of Object.entries(PLANTED_BUGS)) {
  t.test(`finds a broker that ${name}`, async (t) => {
    t.setTimeout(300_000)
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
