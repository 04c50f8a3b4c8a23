import { setTimeout as delay } from 'node:timers/promises'
import { apacheBroker } from '../support/apache.ts'
import { samsaBroker } from '../support/samsa.ts'
import type { DiffBroker } from './run.ts'
import { type Reach, Session, type SessionBroker } from './session.ts'

/** Both brokers have these, so that what they say of themselves can be compared. */
export const common = {
  'node.id': '1',
  'offsets.topic.num.partitions': '1',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  'group.consumer.assignment.interval.ms': '0',
  'group.share.assignment.interval.ms': '0',
  'group.streams.assignment.interval.ms': '0',
  'group.streams.initial.rebalance.delay.ms': '0',
  // Otherwise Apache computes assignments beside the requests, and the moment decides which answer has one first.
  'group.consumer.assignor.offload.enable': 'false',
  'group.share.assignor.offload.enable': 'false',
  'group.streams.assignor.offload.enable': 'false',
  // Records of the scenarios are from a time long ago.
  'log.retention.ms': '-1',
  // Random sessions end by themselves within a run.
  'group.min.session.timeout.ms': '10',
  // Nor does anybody abort transactions at a moment of its own.
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '3600000',
  'max.incremental.fetch.session.cache.slots': '10000',
}

/** samsa alone is told these: the cluster id is that with which the reference is formatted. */
export const ofSamsa = { 'samsa.cluster.id': 'MkU3OEVBNTcwNTJENDM2Qg', 'samsa.legacy.protocol': 'false' }
const SHARE = 2
/** A group, a topic and a partition; the first version that finds the coordinator of their state. */
const SHARE_KEY = 'ready:BBBBBBBBBBBBBBBBBBBBBA:0'
const FIND_VERSION = 6
/** Groups, transactions and states of share groups. */
const KEY_TYPES: readonly number[] = [0, 1, SHARE]
/** A busy machine takes a minute for a JVM. */
export const STARTED_WITHIN_MS = 180_000
const READY_WITHIN_MS = 60_000
const COORDINATOR_NOT_AVAILABLE = 15

export interface DiffBrokers {
  apache: DiffBroker
  samsa: DiffBroker
}

export async function brokersForDiff(): Promise<DiffBrokers> {
  const apache = await apacheBroker({ properties: common })
  const samsa = await samsaBroker({ properties: { ...common, ...ofSamsa } })
  return started({ apache: { broker: apache }, samsa: { broker: samsa } })
}

export async function started({ apache, samsa }: DiffBrokers): Promise<DiffBrokers> {
  await Promise.all([apache, samsa].map(({ broker }) => broker.start({ timeoutMs: STARTED_WITHIN_MS })))
  await Promise.all([coordinatorsReady(apache), coordinatorsReady(samsa)])
  return { apache, samsa }
}

/** The first question for a coordinator makes its topic; until it is there the answers depend on the moment. */
export async function coordinatorsReady(
  { broker, reach }: { broker: SessionBroker; reach?: Reach },
  keyTypes = KEY_TYPES,
): Promise<void> {
  const session = new Session(broker, 'ready', reach)
  const deadline = performance.now() + READY_WITHIN_MS
  for (;;) {
    const answers = await Promise.all(
      keyTypes.map((keyType) => {
        const coordinatorKeys = [keyType === SHARE ? SHARE_KEY : 'ready']
        return session.send('FindCoordinator', FIND_VERSION, { keyType, coordinatorKeys })
      }),
    )
    const producer = await session.send('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1_000 })
    const { groups } = await session.send('DescribeGroups', 5, { groups: ['ready'] })
    const found = answers.every(
      ({ coordinators }) => coordinators && coordinators[0].errorCode !== COORDINATOR_NOT_AVAILABLE,
    )
    if (found && groups?.[0].errorCode === 0 && producer.errorCode === 0) break
    if (performance.now() > deadline) throw new Error(`${broker.product}: the coordinators are not ready`)
    await delay(50)
  }
  session.close()
}
