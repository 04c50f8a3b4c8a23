/**
 * Worlds in which a cluster has to keep what it promises: each brings another danger about. A seed draws one, and a bug
 * that is planted names the one that brings it to light.
 */
import { SeededRandom } from '../random.ts'
import type { BlowName } from './nemesis.ts'
import type { ScenarioOptions } from './scenario.ts'
import type { TransactionsOptions } from './transactions.ts'

const CLEAN = { isUnclean: false } as const
const KILL = { ...CLEAN, crashMode: 'kill' } as const
const POWER = { ...CLEAN, crashMode: 'power' } as const

const many = (name: BlowName, count: number): readonly BlowName[] => Array(count).fill(name)

/** Leaders change while nobody has died. */
const OTHER_LEADERS = [...many('move', 6), ...many('preferred', 10)]

/** Long enough for transactions whose every step waits for followers that fetch seldom. */
const LONG_SESSIONS_MS = [1500]

export const WORLDS = {
  plain: {},
  clean: CLEAN,
  kills: KILL,
  /** Followers wait until there is much to get: leaders have records that nobody else has. */
  lateFetches: {
    ...KILL,
    brokerConfig: { 'replica.fetch.min.bytes': '3000', 'replica.fetch.wait.max.ms': '400' },
    moreBlows: [...many('cutController', 6), ...many('crashLeader', 2), ...OTHER_LEADERS],
  },
  /** Leaders die with records that nobody else has. */
  seldomFetches: {
    ...KILL,
    brokerConfig: { 'replica.fetch.min.bytes': '400', 'replica.fetch.wait.max.ms': '120' },
    moreBlows: many('crashLeader', 6),
  },
  /** A follower gets one batch at a time, and counts as in sync for long. */
  slowCatchUp: {
    ...KILL,
    brokerConfig: {
      'replica.fetch.max.bytes': '1',
      'replica.fetch.response.max.bytes': '1',
      'replica.lag.time.max.ms': '3000',
    },
    moreBlows: many('crashLeader', 6),
  },
  /** Leaders do not hear who is in sync; nor does a follower count for long that falls behind. */
  unheardDecisions: {
    ...KILL,
    brokerConfig: { 'replica.lag.time.max.ms': '60' },
    moreBlows: [...many('unheardDecision', 12), ...many('cutController', 3)],
  },
  /** Followers come back with less than they had, and nobody but the controller hears it. */
  rashReturns: {
    ...POWER,
    brokerConfig: { 'replica.lag.time.max.ms': '2000' },
    moreBlows: [...many('rashReturn', 12), ...many('lonelyReturn', 2)],
  },
  /** Leaders change while they write, as they do nearly all the time. */
  busyLeaders: { ...KILL, largeBatches: true, diskSlowness: 40, producers: 6, moreBlows: OTHER_LEADERS },
  /** Brokers lose what was not flushed while others are out of sync. */
  earlyLosses: { ...POWER, crashesEarly: true, moreBlows: many('cutController', 8) },
  /** Nobody can trust a clock. */
  wrongClocks: { moreBlows: many('setClock', 6) },
} as const satisfies Readonly<Record<string, ScenarioOptions>>

/** The world that belongs to a seed. */
export function worldOf(seed: number | string): ScenarioOptions {
  return draw(seed, Object.entries<ScenarioOptions>(WORLDS))
}

/** As `worldOf`, of those in which transactions have the time to come to their ends. */
export function clusterOf(seed: number | string): TransactionsOptions {
  const { plain, seldomFetches, rashReturns, earlyLosses, wrongClocks } = WORLDS
  const patient = { ...seldomFetches, sessionTimeoutsMs: LONG_SESSIONS_MS }
  const worlds = { plain, seldomFetches: patient, rashReturns, earlyLosses, wrongClocks }
  return draw(seed, Object.entries<TransactionsOptions>(worlds))
}

function draw<Options>(seed: number | string, worlds: readonly [string, Options][]): Options & { name: string } {
  const [name, options] = new SeededRandom(`${seed}/world`).pick(worlds)
  return { ...options, name }
}
