import t from 'tap'
import { runFaults } from '../../../proof/sim/faults/scenario.ts'
import { PLANTED_BUGS } from '../../../proof/sim/scenarios/sabotage.ts'
import { repetitions } from '../../support/repetitions.ts'

t.setTimeout(300_000)

/** Bugs that need no crash to do harm: rules alone bring them to light. */
const WITHOUT_CRASHES = ['does not know a batch that was sent again'] as const

t.test('the same seed gives the same trace, and the rules are met', async (t) => {
  const first = await runFaults(1)
  t.strictSame(await runFaults(1), first)
  t.ok(first.hits > 3 && first.acknowledged > 50 && first.commits > 5, JSON.stringify(first))
})

t.test('rules alone, without a crash', async (t) => {
  for (let seed = 1; seed <= repetitions(10); seed++) await runFaults(seed, { crashes: false })
  t.pass()
})

for (const name of WITHOUT_CRASHES) {
  t.test(`finds a broker that ${name}, by rules alone`, async (t) => {
    const bug = PLANTED_BUGS[name]
    const restore = bug?.patch?.()
    t.teardown(() => restore?.())
    for (let seed = 1; seed <= 100; seed++) {
      const options = { crashes: false, crashMode: 'kill' as const, sabotage: bug?.environment }
      const isFound = await runFaults(seed, options).then(
        () => false,
        () => true,
      )
      if (isFound) return t.pass(`seed ${seed}`)
    }
    t.fail('no seed found it')
  })
}
