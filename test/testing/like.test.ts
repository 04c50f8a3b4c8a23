/**
 * A broker that is an older release to its clients. The expected side is `releases.json`, which Apache's own classes of each
 * release have printed (`scripts/releases.ts`).
 */
import kafkajs from 'kafkajs'
import t from 'tap'
import { codec } from '../../protocol/compile.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import { readResponseHeader } from '../../protocol/frame.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { RELEASES } from '../../src/config/index.ts'
import releases from '../../src/dispatch/releases/releases.json' with { type: 'json' }
import { type KafkaRelease, startBroker } from '../../src/index.ts'
import { ask, exchange } from '../api/support/wire-client.ts'
import { isTaken } from '../support/repetitions.ts'
import { clientOf, consumeAll, produce } from './support.ts'

t.setTimeout(120_000)

const FETCH = 1
const API_VERSIONS = 18

interface ApiVersions {
  readonly errorCode: number
  readonly apiKeys: readonly { readonly apiKey: number; readonly minVersion: number; readonly maxVersion: number }[]
  readonly supportedFeatures?: readonly {
    readonly name: string
    readonly minVersion: number
    readonly maxVersion: number
  }[]
  readonly finalizedFeatures?: readonly { readonly name: string; readonly maxVersionLevel: number }[]
}

async function apiVersions(port: number, version: number): Promise<ApiVersions> {
  const request = { clientSoftwareName: 'a', clientSoftwareVersion: '1' }
  return unchecked<ApiVersions>(await ask(port, apisByKey.get(API_VERSIONS)!, version, request))
}

/** APIs between nodes (LeaderAndIsr to ControlledShutdown, AlterPartition, AllocateProducerIds), and for the voters of a quorum of several. */
const NOT_SERVED = new Set([4, 5, 6, 7, 56, 67, 80, 81])

t.test('the names are those of the table', async (t) => {
  t.same(Object.keys(releases), RELEASES)
})

for (const [index, like] of RELEASES.entries()) {
  if (!isTaken(index)) continue
  t.test(`${like}: ApiVersions says what that release says, and no more is answered`, async (t) => {
    await using broker = await startBroker({ like })
    const { apis, features, finalized } = releases[like]
    const newest = Math.min(apis[API_VERSIONS][1] ?? 0, 5)
    const told = await apiVersions(broker.port, newest)
    const expected = Object.entries(apis as Record<string, readonly number[]>)
      .map(([key, [min = 0, max = 0, claimed = min]]) => ({
        apiKey: Number(key),
        minVersion: claimed,
        maxVersion: max,
      }))
      .filter(({ apiKey }) => !NOT_SERVED.has(apiKey))
    t.same(
      told.apiKeys.map(({ apiKey, minVersion, maxVersion }) => ({ apiKey, minVersion, maxVersion })),
      expected,
    )
    const levels =
      newest < 3 ? [] : (told.finalizedFeatures ?? []).map(({ name, maxVersionLevel }) => [name, maxVersionLevel])
    t.same(Object.fromEntries(levels), finalized)
    const ranges = (told.supportedFeatures ?? []).map(({ name, minVersion, maxVersion }) => [
      name,
      [minVersion, maxVersion],
    ])
    const visible = Object.entries(features as Record<string, readonly number[]>).filter(
      ([, [min = 0]]) => newest >= 4 || min > 0,
    )
    t.same(Object.fromEntries(ranges), Object.fromEntries(visible))

    const later = await askRaw(broker.port, newest + 1)
    t.equal(later.errorCode, ErrorCode.UNSUPPORTED_VERSION)
    const told2 = like < 'kafka-2.4' ? [] : [{ apiKey: API_VERSIONS, maxVersion: newest }]
    t.match(later.apiKeys, told2)
    t.equal(later.apiKeys.length, told2.length, 'before KIP-511 nothing is said of the versions that there are')
    const beyond = (apis[FETCH][1] ?? 0) + 1
    if (beyond <= apisByKey.get(FETCH)!.request.maxVersion) {
      await t.rejects(ask(broker.port, apisByKey.get(FETCH)!, beyond, { maxWaitMs: 1 }), {
        message: 'the broker closed the connection',
      })
    }
  })
}

/** ApiVersions in a version that may not be known here; whatever it is, it is answered in version 0. */
async function askRaw(port: number, version: number): Promise<ApiVersions> {
  const header = Buffer.alloc(15)
  header.writeInt32BE(11, 0)
  header.writeInt16BE(API_VERSIONS, 4)
  header.writeInt16BE(version, 6)
  header.writeInt32BE(1, 8)
  header.writeInt16BE(-1, 12)
  const api = apisByKey.get(API_VERSIONS)!
  const { reader } = readResponseHeader(api, 0, await exchange(port, header))
  return unchecked<ApiVersions>(codec(api.response, 0).decode(reader))
}

/** The newest versions of these that a client of today speaks to that release. */
const SPOKEN: readonly (readonly [like: KafkaRelease, produce: number])[] = [
  ['kafka-0.10', 2],
  ['kafka-0.11', 3],
  ['kafka-1.0', 5],
  ['kafka-2.0', 6],
  ['kafka-2.8', 7],
  ['kafka-4.4', 7],
]

for (const [index, [like, version]] of SPOKEN.entries()) {
  if (!isTaken(index)) continue
  t.test(`kafkajs writes to ${like} and reads from it`, async (t) => {
    await using broker = await startBroker({ like, topics: ['orders'] })
    await produce(broker, 'orders', ['a', 'b'])
    t.equal(broker.requests({ api: 'Produce' })[0]?.version, version)
    t.same(await consumeAll(broker, 'orders', { groupId: 'g', count: 2 }), ['a', 'b'])
    t.match(await broker.records('orders', { count: 2 }), [{ value: Buffer.from('a') }, { value: Buffer.from('b') }])
    await broker.lagZero('g')
  })
}

t.test('what is not there yet is refused by the client itself', async (t) => {
  await using broker = await startBroker({ like: 'kafka-0.10' })
  const admin = clientOf(broker, { retry: { retries: 0 } }).admin()
  await admin.connect()
  t.teardown(() => admin.disconnect())
  const any = { principal: undefined, host: undefined, resourceName: 'a' }
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
  const which = {
    ...any,
    resourceType: AclResourceTypes.TOPIC,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  }
  await t.rejects(admin.describeAcls(which), { name: /KafkaJSServerDoesNotSupportApiKey/ })
})

t.test('a release that is none, and a broker that is not alone', async (t) => {
  await t.rejects(startBroker({ like: 'kafka-5.0' as never }), { message: /samsa\.like.*kafka-3\.9/ })
  const config = { 'process.roles': 'broker', 'controller.quorum.bootstrap.servers': 'localhost:1' }
  await t.rejects(startBroker({ like: 'kafka-3.9', config }), { message: /for a broker that is alone/ })
})
