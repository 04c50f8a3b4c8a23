import t from 'tap'
import { BROKEN_BROKERS, type BrokenBroker, runBroken } from '../../../proof/sim/transactions/sabotage.ts'
import { Violations } from '../../../proof/sim/transactions/transactional-work.ts'

t.setTimeout(600_000)

/** A broken broker that as many seeds do not show would not be found. The inner loop does without; `make test` does not. */
const SEEDS = Number(process.env.SAMSA_SIM_SEEDS ?? 0)
const skip = SEEDS === 0 ? 'SAMSA_SIM_SEEDS says how many seeds to try' : false

/** The checker's finding in one run; null when there is none. */
async function finding(seed: number, broken: BrokenBroker): Promise<Error | null> {
  try {
    await runBroken(seed, broken)
    return null
  } catch (error) {
    return error as Error
  }
}

for (const [name, broken] of Object.entries(BROKEN_BROKERS)) {
  t.test(`catches a broker that ${name}`, { skip }, async (t) => {
    const missing = new Set<string>(broken.anomalies)
    let isCaught = false
    for (let seed = 1; seed <= SEEDS && (missing.size > 0 || !isCaught); seed++) {
      const error = await finding(seed, broken)
      if (error === null) continue
      isCaught = true
      const violations = error.cause instanceof Violations ? error.cause : null
      const found = [...missing].filter((type) => [...(violations?.anomalies ?? [])].some((each) => each === type))
      for (const type of found) missing.delete(type)
      const words = error.message.split('\n').slice(0, 2).join(' ')
      if (broken.anomalies.length === 0 || found.length > 0) t.comment(`${found.join(', ')} ${words}`)
    }
    t.ok(isCaught, 'something did not come out right')
    t.strictSame([...missing], [], 'and was called by its name')
  })
}
