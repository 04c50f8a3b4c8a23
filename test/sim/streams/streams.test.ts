import t from 'tap'
import { BROKEN_GROUPS, type PlantedBug, runBrokenGroup } from '../../../proof/sim/streams/sabotage.ts'
import { runStreams } from '../../../proof/sim/streams/scenario.ts'

t.setTimeout(600_000)

t.test('a run follows from its seed', async (t) => {
  const [first, again] = [await runStreams(1), await runStreams(1)]
  t.strictSame(again, first)
  t.ok(first.assignments > 0, 'tasks are assigned')
  t.ok(first.commits > 0, 'offsets are committed')
})

// The story of a seed changes with the world; the bugs themselves are held by tests of the coordinators' runtime.
t.test('seeds that found bugs', async (t) => {
  const seeds = {
    149: 'the end of a session that a failing disk had no room for was never tried again: the dead had tasks for ever',
    268: 'the same, where the process was killed',
    391: 'the judge took for somebody’s own what he had left by a request that was not answered',
  }
  for (const [seed, story] of Object.entries(seeds)) await t.resolves(runStreams(Number(seed)), story)
})

/** A broken group that as many seeds do not show would not be found. The inner loop does without; `make test` does not. */
const SEEDS = Number(process.env.SAMSA_SIM_SEEDS ?? 0)
const skip = SEEDS === 0 ? 'SAMSA_SIM_SEEDS says how many seeds to try' : false

/** The first seed that shows the bug, and how; null when none does. */
async function firstFinding(bug: PlantedBug): Promise<string | null> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      await runBrokenGroup(seed, bug)
    } catch (error) {
      return `seed ${seed}: ${(error as Error).message.split('\n').slice(0, 2).join(' ')}`
    }
  }
  return null
}

for (const [name, bug] of Object.entries(BROKEN_GROUPS)) {
  t.test(`finds a broker that ${name}`, { skip }, async (t) => {
    const found = await firstFinding(bug)
    t.comment(found ?? 'nothing')
    t.not(found, null)
  })
}
