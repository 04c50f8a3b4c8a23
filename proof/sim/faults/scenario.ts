/**
 * `make sim SCENARIO=faults`: the clients of the scenario `orders`, before a broker in a test's hand. Random rules, a bad
 * network and a slow disk happen to them, and the history must stay one that Kafka could have: a request whose error a rule
 * has made up was not carried out, or was carried out once, whatever became of its answer.
 */
import type { Faults } from '../../../src/testing/faults/faults.ts'
import { type Blow, crashBroker, restartClient } from '../scenarios/nemesis.ts'
import { runScenario, type ScenarioOptions, type ScenarioResult } from '../scenarios/scenario.ts'
import { randomRule } from './rules.ts'

const MOST_RULES = 4

/** How often rules have happened to a request. */
interface Tally {
  hits: number
}

export interface FaultsResult extends ScenarioResult {
  readonly hits: number
}

/** `crashes`: whether the broker dies now and then as well. */
export async function runFaults(
  seed: number | string,
  { crashes = true, ...options }: Omit<ScenarioOptions, 'blowsInHand'> & { crashes?: boolean } = {},
): Promise<FaultsResult> {
  const tally: Tally = { hits: 0 }
  const ofHand = [rules(tally), rules(tally), rules(tally), network, disk, cut]
  const blowsInHand = crashes ? [...ofHand, crashBroker, restartClient] : ofHand
  const result = await runScenario(seed, { ...options, blowsInHand })
  return { ...result, hits: tally.hits }
}

const rules =
  (tally: Tally): Blow =>
  async (world, random, { broker, pace }) => {
    const faults = held(broker)
    const made = Array.from({ length: 1 + random.integer(MOST_RULES) }, () => randomRule(random, faults))
    world.record(made.join('; '))
    const turns = 1 + random.integer(3)
    for (let turn = 0; turn < turns; turn++) {
      await world.runFor(random.between(20, 4000) * pace)
      for (const rule of made) rule.release()
    }
    for (const rule of made) {
      tally.hits += rule.hits
      rule[Symbol.dispose]()
    }
  }

const network: Blow = async (world, random, { broker, pace }) => {
  using _ = held(broker).network({
    latencyMs: random.between(0, 500),
    jitterMs: random.between(0, 300),
    bytesPerSecond: random.pick([500, 5000, 1e6]),
  })
  await world.runFor(random.between(100, 5000) * pace)
}

const disk: Blow = async (world, random, { broker, pace }) => {
  using _ = held(broker).disk({
    stallMs: random.between(1, 800),
    ...(random.chance(0.5) && { path: /orders/ }),
    ...(random.chance(0.5) && { times: 1 + random.integer(5) }),
  })
  await world.runFor(random.between(100, 3000) * pace)
}

const cut: Blow = async (_world, random, { broker, clients }) => {
  held(broker).cut(random.chance(0.5) ? { clientId: random.pick(clients).name } : {})
}

function held({ faults }: { readonly faults: Faults | null }): Faults {
  if (faults === null) throw new Error('The broker of this scenario is in nobody’s hand.')
  return faults
}
