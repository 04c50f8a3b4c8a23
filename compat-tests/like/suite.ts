import type { KafkaRelease } from '../../src/config/index.ts'
import { javaClient } from '../java-clients/suite.ts'
import type { BrokerProcess } from '../support/broker.ts'
import { samsaBroker, samsaVersion } from '../support/samsa.ts'
import type { Case, SkippedSuite, Suite } from '../support/suite.ts'

/**
 * Java clients, and the releases that each of them speaks to: its own, older ones that it still knows, the newest it can.
 * Producers are idempotent by default since 3.0, and a broker of 0.10 refuses them.
 */
const SPEAKS: readonly (readonly [client: string, ...releases: KafkaRelease[]])[] = [
  ['0.10.2.2', 'kafka-0.10', 'kafka-1.0', 'kafka-3.9'],
  ['0.11.0.3', 'kafka-0.11', 'kafka-0.10'],
  ['1.1.1', 'kafka-1.1', 'kafka-0.10', 'kafka-3.9'],
  ['2.1.1', 'kafka-2.1', 'kafka-0.10', 'kafka-4.0'],
  ['2.8.2', 'kafka-2.8', 'kafka-0.10', 'kafka-1.0', 'kafka-4.4'],
  ['3.3.2', 'kafka-3.3', 'kafka-2.0', 'kafka-4.2'],
  ['3.9.1', 'kafka-3.9', 'kafka-0.11', 'kafka-4.3'],
  ['4.4.0', 'kafka-4.4', 'kafka-2.1', 'kafka-2.8', 'kafka-3.9', 'kafka-4.0'],
]

/** The cases of java-clients that ask for nothing which the oldest release does not have. */
const CASES: ReadonlySet<string> = new Set([
  'producer: acks 0, 1 and all',
  'producer: nulls, empty strings and timestamps',
  'consumer: commits',
  'consumer: rebalances, range and round robin',
])

/** `samsa --like`: clients of ten years against the releases that they may meet. */
export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const brokers = new Map<KafkaRelease, Promise<BrokerProcess>>()
  const brokerLike = (like: KafkaRelease): Promise<BrokerProcess> => {
    const standing = brokers.get(like) ?? started(like)
    brokers.set(like, standing)
    return standing
  }
  const cases: Case[] = []
  const suites: Suite[] = []
  for (const [version, ...releases] of SPEAKS) {
    const suite = await javaClient('like', version)()
    if ('skipped' in suite) return suite
    suites.push(suite)
    for (const like of releases) {
      for (const one of suite.cases) if (CASES.has(one.name)) cases.push(against(one, version, like, brokerLike))
    }
  }
  return {
    client: 'like',
    version: samsaVersion(),
    only: { product: 'samsa', reason: 'its cases start brokers of their own' },
    cases,
    async close() {
      for (const suite of suites) await suite.close?.()
      for (const broker of brokers.values()) await broker.then((each) => each.dispose()).catch(() => {})
    },
  }
}

const against = (
  one: Case,
  version: string,
  like: KafkaRelease,
  brokerLike: (like: KafkaRelease) => Promise<BrokerProcess>,
): Case => ({
  ...one,
  smoke: false,
  name: `Java ${version} against ${like}: ${one.name}`,
  run: async (context) => one.run({ ...context, broker: await brokerLike(like) }),
})

async function started(like: KafkaRelease): Promise<BrokerProcess> {
  // The client of 0.10 has no admin: it takes topics as the broker makes them.
  const broker = await samsaBroker({ properties: { 'samsa.like': like, 'num.partitions': '6' } })
  await broker.start()
  return broker
}
