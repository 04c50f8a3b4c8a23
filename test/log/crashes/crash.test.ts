/** The log on the simulated disk, life after life; `make crashes` tells many more of these stories. */
import t from 'tap'
import { LIVES, tellStory } from '../../../proof/log/crashes/story.ts'
import { repetitions } from '../../support/repetitions.ts'

const FIRST_SEED = Number(process.env.SAMSA_SIM_SEED ?? 1)
const SEEDS = Number(process.env.SAMSA_SIM_SEEDS ?? repetitions(30))
/** These have found something: lost directories, gaps, indexes that were not durable, a roll that was given up. */
const FINDERS = [10, 20, 31, 42, 179, 243, 291, 820, 3464, 5076, 5571]
/** Cuts that power undid, in part or whole: segments came back behind a gap, or behind records in their place. */
const FINDERS_OF_CUTS = [163, 714, 1154, 1155, 1218, 2014]
const range = Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i)

t.test(`crashes from seed ${FIRST_SEED} on`, { timeout: 3_600_000 }, async (t) => {
  for (const seed of range) {
    try {
      await tellStory(seed)
    } catch (error) {
      t.fail(`seed ${seed}: ${(error as Error).message}`)
      break
    }
  }
  t.pass(`${range.length} stories of ${LIVES} lives`)
})

t.test('seeds that have found something', { timeout: 600_000 }, async (t) => {
  for (const seed of FINDERS) await t.resolves(tellStory(seed, { asFirstTold: true }), `seed ${seed}`)
  for (const seed of FINDERS_OF_CUTS) await t.resolves(tellStory(seed), `seed ${seed}`)
})
