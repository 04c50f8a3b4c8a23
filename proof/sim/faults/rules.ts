/** Random rules, as a test might make them, on the requests of the scenario's clients. */
import type { ApiName } from '../../../protocol/api-types.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import type { Faults } from '../../../src/testing/faults/faults.ts'
import type { Match } from '../../../src/testing/faults/match.ts'
import type { Rule } from '../../../src/testing/faults/rule.ts'
import type { SeededRandom } from '../random.ts'

/** The errors behind which a client of the scenario may try again, or begin anew. */
const ERRORS: readonly (readonly [api: ApiName, ...errors: ErrorName[]])[] = [
  ['Produce', 'NOT_LEADER_OR_FOLLOWER', 'NOT_ENOUGH_REPLICAS', 'KAFKA_STORAGE_ERROR', 'REQUEST_TIMED_OUT'],
  ['Fetch', 'NOT_LEADER_OR_FOLLOWER', 'FENCED_LEADER_EPOCH', 'UNKNOWN_LEADER_EPOCH', 'KAFKA_STORAGE_ERROR'],
  ['InitProducerId', 'COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE'],
  ['FindCoordinator', 'COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS'],
  ['JoinGroup', 'COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR', 'UNKNOWN_MEMBER_ID'],
  ['SyncGroup', 'REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR', 'UNKNOWN_MEMBER_ID'],
  ['Heartbeat', 'REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'NOT_COORDINATOR'],
  ['OffsetCommit', 'REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS'],
  ['OffsetFetch', 'COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR'],
  ['CreateTopics', 'NOT_CONTROLLER', 'REQUEST_TIMED_OUT'],
  ['DeleteTopics', 'NOT_CONTROLLER', 'REQUEST_TIMED_OUT'],
]
const APIS = [...ERRORS.map(([api]) => api), 'Metadata' as const]
/** Requests that name a topic, of which a rule may mean one partition. */
const WITH_PARTITIONS: ReadonlySet<ApiName> = new Set(['Produce', 'Fetch', 'OffsetCommit'])
const CLIENTS = ['producer-1-1', 'producer-2-1', 'consumer-1', 'consumer-2', 'consumer-3']
const TOPIC = 'orders'

type Act = (random: SeededRandom, faults: Faults) => Rule

const error: Act = (random, faults) => {
  const [api, ...errors] = random.pick(ERRORS)
  return faults.on(api, matchOf(random, api)).error(random.pick(errors))
}

const delay: Act = (random, faults) => on(random, faults).delay(random.between(1, 4000))
const drop: Act = (random, faults) => on(random, faults).drop(random.pick(['request', 'response', 'response']))
const hold: Act = (random, faults) => on(random, faults).hold()
const throttle: Act = (random, faults) => on(random, faults).throttle(random.between(1, 2000))

const ACTS: readonly Act[] = [error, error, error, delay, drop, drop, drop, hold, throttle]

function on(random: SeededRandom, faults: Faults): Rule {
  const api = random.pick(APIS)
  return faults.on(api, matchOf(random, api)) as Rule
}

function matchOf(random: SeededRandom, api: ApiName): Match<never> {
  const partition = WITH_PARTITIONS.has(api) && random.chance(0.4) ? { topic: TOPIC, partition: random.integer(4) } : {}
  return { ...partition, ...(random.chance(0.3) && { clientId: random.pick(CLIENTS) }) }
}

/** A rule on some requests, for some of them, or for some of the time. */
export function randomRule(random: SeededRandom, faults: Faults): Rule {
  const rule = random.pick(ACTS)(random, faults)
  if (random.chance(0.5)) rule.times(1 + random.integer(6))
  if (random.chance(0.4)) rule.chance(random.between(0.2, 1), 1 + random.integer(1_000_000))
  return rule
}
