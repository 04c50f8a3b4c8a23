/** Compaction on the simulated disk, life after life. */
import t from 'tap'
import { LIVES, tellCleaningStory } from '../../../proof/log/cleaner/story.ts'
import { repetitions } from '../../support/repetitions.ts'

const FIRST_SEED = Number(process.env.SAMSA_SIM_SEED ?? 1)
const SEEDS = Number(process.env.SAMSA_SIM_SEEDS ?? repetitions(12))

t.test(`compaction crashes from seed ${FIRST_SEED} on`, { timeout: 3_600_000 }, async (t) => {
  let cleanings = 0
  const count = SEEDS
  for (let seed = FIRST_SEED; seed < FIRST_SEED + count; seed++) {
    try {
      cleanings += await tellCleaningStory(seed)
    } catch (error) {
      t.fail(`seed ${seed}: ${(error as Error).stack}`)
      break
    }
  }
  t.ok(cleanings >= count, `${count} stories of ${LIVES} lives, with ${cleanings} segments replaced`)
})

/** A gap that looked like a cleaner's; an offset index that was durable before the index of transactions. */
const FINDERS = [21, 75]

t.test('seeds that have found something', async (t) => {
  for (const seed of FINDERS) await t.resolves(tellCleaningStory(seed), `seed ${seed}`)
})
