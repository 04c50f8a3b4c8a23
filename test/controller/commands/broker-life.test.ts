/**
 * Registration, heartbeats and fencing: transcripts reasoned from Apache 4.4's ClusterControlManager, BrokerHeartbeatManager
 * and ReplicationControlManager.
 */
import t from 'tap'
import { ErrorCode } from '../../../protocol/errors.ts'
import { brokerHeartbeat, fenceStaleBroker } from '../../../src/controller/commands/nodes/broker-heartbeat.ts'
import { balanceLeaders, electUncleanLeaders } from '../../../src/controller/commands/nodes/leader-upkeep.ts'
import { registerBroker } from '../../../src/controller/commands/nodes/register-broker.ts'
import { SUPPORTED_FEATURES } from '../../../src/metadata/features.ts'
import { brokerOf } from '../../../src/metadata/image/cluster-image.ts'
import type { MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import {
  broker,
  CLUSTER_ID,
  directory,
  FEATURES,
  incarnation,
  partitionAfter,
  stateOf,
  topic,
} from '../support/cluster.ts'
import { imageOf } from '../support/records.ts'

const registration = (brokerId: number, life = 1) => ({
  brokerId,
  clusterId: CLUSTER_ID,
  incarnationId: incarnation(brokerId, life),
  listeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 0 }],
  features: SUPPORTED_FEATURES.map((range) => ({ ...range })),
  rack: null,
  logDirs: [directory(brokerId)],
  previousBrokerEpoch: -1n,
})
const context = { apiVersion: 4, clusterId: CLUSTER_ID, hasSession: false }
const beat = (brokerId: number, wishes: object = {}) => ({
  brokerId,
  brokerEpoch: 10n,
  currentMetadataOffset: 50n,
  wantFence: false,
  wantShutDown: false,
  offlineLogDirs: [] as string[],
  cordonedLogDirs: null,
  ...wishes,
})
const NEW_SESSION = { shutdownOffset: null, lowestActiveOffset: Number.POSITIVE_INFINITY }
const three = [...FEATURES, broker(1), broker(2), broker(3)]
const MIN_ISR_2 = { 'min.insync.replicas': '2' }

t.test('a broker registers fenced, in the epoch that is the offset of its registration', (t) => {
  const image = imageOf(FEATURES)
  const { records, response } = registerBroker(stateOf(image), registration(4), context)
  t.equal(response, 100n)
  t.match(records, [{ type: 'RegisterBrokerRecord', value: { brokerId: 4, brokerEpoch: 100n, fenced: true } }])
  t.equal(records.length, 1)
  t.end()
})

t.test('a registration is refused as in Apache', (t) => {
  const image = imageOf(three)
  const refused = (request: object, code: number, changed: object = {}) =>
    t.throws(() => registerBroker(stateOf(image), { ...registration(4), ...request }, { ...context, ...changed }), {
      code,
    })
  refused({ clusterId: 'another' }, ErrorCode.INCONSISTENT_CLUSTER_ID)
  refused({ brokerId: 1, incarnationId: incarnation(1, 2) }, ErrorCode.DUPLICATE_BROKER_REGISTRATION, {
    hasSession: true,
  })
  refused({ isMigratingZkBroker: true }, ErrorCode.BROKER_ID_NOT_REGISTERED)
  refused({ logDirs: [] }, ErrorCode.INVALID_REGISTRATION)
  refused({ logDirs: ['AAAAAAAAAAAAAAAAAAAAAQ'] }, ErrorCode.INVALID_REGISTRATION)
  refused({ logDirs: [directory(4), directory(4)] }, ErrorCode.INVALID_REGISTRATION)
  refused({ logDirs: [directory(2)] }, ErrorCode.INVALID_REGISTRATION)
  refused({ features: [] }, ErrorCode.INVALID_REGISTRATION)
  const old = registration(4).features.map((range) =>
    range.name === 'metadata.version' ? { ...range, maxSupportedVersion: 20 } : range,
  )
  refused({ features: old }, ErrorCode.UNSUPPORTED_VERSION)
  refused({ features: old.filter(({ name }) => name === 'group.version') }, ErrorCode.INVALID_REGISTRATION)
  t.end()
})

t.test('the same incarnation registers again as it was', (t) => {
  const image = imageOf(three)
  const { records, response } = registerBroker(stateOf(image), registration(1), { ...context, hasSession: true })
  t.equal(response, 10n)
  t.match(records, [{ value: { brokerEpoch: 10n, fenced: false } }])
  t.end()
})

t.test('a broker that did not stop cleanly is neither in sync nor eligible (KIP-966)', (t) => {
  const image = imageOf([...three, ...topic({ replicas: [1, 2, 3] }, { replicas: [1, 2, 3], isr: [1], elr: [2] })])
  const state = stateOf(image, MIN_ISR_2)
  const unclean = registerBroker(state, registration(2, 2), context)
  t.match(partitionAfter(image, unclean.records, 0), { leader: 1, isr: [1, 3], elr: [] })
  t.match(partitionAfter(image, unclean.records, 1), { leader: 1, isr: [1], elr: [] })
  const clean = registerBroker(state, { ...registration(2, 2), previousBrokerEpoch: 10n }, context)
  t.match(partitionAfter(image, clean.records, 1), { leader: 1, isr: [1], elr: [2] })
  t.end()
})

t.test('the last in-sync replica that died uncleanly leads again as the last known leader, and recovers', (t) => {
  const image = imageOf([...three, ...topic({ replicas: [1, 2], isr: [1] })])
  const { records } = registerBroker(stateOf(image, MIN_ISR_2), registration(1, 2), context)
  t.match(partitionAfter(image, records), { leader: -1, isr: [], elr: [], lastKnownElr: [1] })
  const back = imageOf(records, image)
  const request = beat(1, { brokerEpoch: 100n, currentMetadataOffset: 200n })
  const unfenced = brokerHeartbeat(stateOf(back, MIN_ISR_2), request, NEW_SESSION)
  t.match(partitionAfter(back, unfenced.records), { leader: 1, isr: [1], lastKnownElr: [] })
  t.end()
})

t.test('a broker is unfenced when it is ready and has read its registration', (t) => {
  const image = imageOf([...FEATURES, broker(1, { fenced: true }), ...topic({ replicas: [1], leader: -1 })])
  const behind = brokerHeartbeat(stateOf(image), beat(1, { currentMetadataOffset: 9n }), NEW_SESSION)
  t.same(behind.response, { isCaughtUp: false, isFenced: true, inControlledShutdown: false, shouldShutDown: false })
  const unready = brokerHeartbeat(stateOf(image), beat(1, { wantFence: true }), NEW_SESSION)
  t.match(unready.response, { isCaughtUp: true, isFenced: true })
  const { records, response } = brokerHeartbeat(stateOf(image), beat(1), NEW_SESSION)
  t.match(response, { isCaughtUp: true, isFenced: false })
  t.match(records[0], { type: 'BrokerRegistrationChangeRecord', version: 0, value: { fenced: -1 } })
  t.match(partitionAfter(image, records), { leader: 1, leaderEpoch: 6 })
  t.throws(() => brokerHeartbeat(stateOf(image), beat(1, { brokerEpoch: 9n }), NEW_SESSION), {
    code: ErrorCode.STALE_BROKER_EPOCH,
  })
  t.end()
})

t.test('a broker whose session ends is fenced, and others lead', (t) => {
  const image = imageOf([...three, ...topic({ replicas: [1, 2, 3] }, { replicas: [2, 1] }, { replicas: [1] })])
  const { records, response } = fenceStaleBroker(stateOf(image), { brokerId: 1, brokerEpoch: 10n })
  t.equal(response, true)
  t.match(partitionAfter(image, records, 0), { leader: 2, leaderEpoch: 6, isr: [2, 3] })
  t.match(partitionAfter(image, records, 1), { leader: 2, leaderEpoch: 5, isr: [2] })
  t.match(partitionAfter(image, records, 2), { leader: -1, elr: [1], isr: [] })
  t.match(records.at(-1), { type: 'BrokerRegistrationChangeRecord', value: { brokerId: 1, fenced: 1 } })
  const after = imageOf(records, image)
  t.same(fenceStaleBroker(stateOf(after), { brokerId: 1, brokerEpoch: 10n }).records, [], 'once')
  t.same(fenceStaleBroker(stateOf(image), { brokerId: 1, brokerEpoch: 9n }).records, [], 'in its newest registration')
  t.end()
})

t.test('a controlled shutdown moves leaders, and ends when all who serve know it', (t) => {
  const image = imageOf([...three, ...topic({ replicas: [1, 2, 3] })])
  const first = brokerHeartbeat(stateOf(image), beat(1, { wantShutDown: true }), NEW_SESSION)
  t.match(first.response, { inControlledShutdown: true, shouldShutDown: false, isFenced: false })
  t.match(first.records[0], { version: 1, value: { inControlledShutdown: 1 } })
  t.match(partitionAfter(image, first.records), { leader: 2, isr: [2, 3] })
  const moved = imageOf(first.records, image)
  const next = (lowestActiveOffset: number) =>
    brokerHeartbeat(stateOf(moved), beat(1, { wantShutDown: true }), { shutdownOffset: 101, lowestActiveOffset })
  t.match(next(100).response, { inControlledShutdown: true, shouldShutDown: false })
  const done = next(101)
  t.match(done.response, { shouldShutDown: true, isFenced: true })
  t.equal(brokerOf(imageOf(done.records, moved).cluster, 1)?.fenced, true)
  const idle = brokerHeartbeat(stateOf(imageOf(three)), beat(1, { wantShutDown: true }), NEW_SESSION)
  t.match(idle.response, { shouldShutDown: true }, 'at once where it leads nothing')
  t.end()
})

t.test('partitions in a directory that has failed get other leaders', (t) => {
  const image = imageOf([...three, ...topic({ replicas: [1, 2] })])
  const { records } = brokerHeartbeat(stateOf(image), beat(1, { offlineLogDirs: [directory(1)] }), NEW_SESSION)
  t.match(partitionAfter(image, records), { leader: 2, isr: [2] })
  t.match(records.at(-1), { version: 2, value: { logDirs: [] } })
  t.end()
})

t.test('preferred leaders lead again, and unclean ones where the topic allows it', (t) => {
  const away = imageOf([...three, ...topic({ replicas: [1, 2], leader: 2 }, { replicas: [2, 1] })])
  const balanced = balanceLeaders(stateOf(away))
  t.equal(balanced.records.length, 1)
  t.match(partitionAfter(away, balanced.records), { leader: 1, leaderEpoch: 6 })
  const lost = (image: MetadataImage, properties: Record<string, string>) =>
    electUncleanLeaders(stateOf(image, properties)).records
  const leaderless = imageOf([
    ...FEATURES,
    broker(1),
    broker(2, { fenced: true }),
    ...topic({ replicas: [2, 1], isr: [2], leader: -1 }),
  ])
  t.same(lost(leaderless, {}), [])
  const elected = lost(leaderless, { 'unclean.leader.election.enable': 'true' })
  t.match(partitionAfter(leaderless, elected), { leader: 1, isr: [1] })
  t.end()
})
