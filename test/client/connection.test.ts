import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import { ApiVersionsRequest } from '../../protocol/messages/api-versions.ts'
import { DescribeClusterRequest, DescribeClusterResponse } from '../../protocol/messages/describe-cluster.ts'
import { MetadataRequest, MetadataResponse } from '../../protocol/messages/metadata.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { BrokerConnection } from '../../src/client/connection.ts'
import type { ClientError } from '../../src/client/errors.ts'
import { chooseVersion } from '../../src/client/versions.ts'
import { facts } from '../support/facts.ts'
import { fakeNetwork, ManualClock, type Request } from './fake-broker.ts'

const range = (apiKey: number, minVersion: number, maxVersion: number) => ({ apiKey, minVersion, maxVersion })
const SPOKEN = [range(18, 0, 4), range(3, 0, 12), range(66, 0, 1)]

function open(respond: (request: Request) => void, options: { reachable?: string[] } = {}) {
  const clock = new ManualClock()
  const { network, peers } = fakeNetwork(options.reachable ?? ['broker:9092'], (request) => {
    if (request.api.apiKey === 18 && peers.length > 0 && respond !== refusesEverything) {
      request.peer.answer(request, { apiKeys: SPOKEN })
    } else respond(request)
  })
  const opening = BrokerConnection.open({
    network,
    clock,
    host: 'broker',
    port: 9092,
    clientId: 'test',
    connectTimeoutMs: 1_000,
    requestTimeoutMs: 5_000,
    maxResponseBytes: 1_000_000,
  })
  return { opening, clock, peers }
}

const refusesEverything = ({ peer }: Request) => peer.close()

t.test('speaks the highest version of both sides', async (t) => {
  const requests: Request[] = []
  const { opening } = open((request) => {
    requests.push(request)
    request.peer.answer(request, { brokers: [{ nodeId: 7, host: 'h', port: 1 }] })
  })
  const connection = await opening
  const answer = await connection.request(MetadataRequest, MetadataResponse, { topics: null })
  t.match(answer.brokers, [{ nodeId: 7 }])
  t.match(requests[0], { version: 12, clientId: 'test', correlationId: 1 })
})

interface StableApi {
  id: number
  name: string
  stableMax: number
}

t.test('the choice of a version', async (t) => {
  t.equal(chooseVersion(MetadataRequest, { minVersion: 0, maxVersion: 99 }), 13)
  t.equal(chooseVersion(MetadataRequest, { minVersion: 14, maxVersion: 99 }), null)
  t.equal(chooseVersion(MetadataRequest, undefined), null)
  for (const { id, name, stableMax } of (facts('api-keys.json') as { apis: StableApi[] }).apis) {
    const api = apisByKey.get(id)!
    t.equal(
      chooseVersion(api.request, { minVersion: 0, maxVersion: 99 }),
      stableMax,
      `${name}: no version that may change`,
    )
  }
})

t.test('an API that the broker does not have is refused before anything is sent', async (t) => {
  const { opening, peers } = open(() => t.fail('nothing should be sent'))
  const connection = await opening
  await t.rejects(connection.request(DescribeClusterRequest, DescribeClusterResponse, {}), {
    name: 'ClientError',
    reason: 'unsupported',
    message: 'The broker at broker:9092 does not speak DescribeCluster in a version known here',
  })
  t.equal(peers[0].isClosed, false)
})

t.test('a broker that does not know our ApiVersions answers in version 0, and is asked again in its own', async (t) => {
  const versions: number[] = []
  const { network } = fakeNetwork(['broker:9092'], (request) => {
    versions.push(request.version)
    if (request.version > 2) {
      request.peer.answer(request, { errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys: [range(18, 0, 2)] }, 0)
    } else request.peer.answer(request, { apiKeys: SPOKEN })
  })
  const connection = await BrokerConnection.open({
    network,
    clock: new ManualClock(),
    host: 'broker',
    port: 9092,
    clientId: 'test',
    connectTimeoutMs: 1_000,
    requestTimeoutMs: 5_000,
    maxResponseBytes: 1_000_000,
  })
  t.same(versions, [ApiVersionsRequest.maxVersion, 2])
  t.ok(connection.isOpen)
})

t.test('responses in any order, in pieces of any size, several in one', async (t) => {
  const waiting: Request[] = []
  const { opening } = open((request) => void waiting.push(request))
  const connection = await opening
  const ask = () => connection.request(MetadataRequest, MetadataResponse, { topics: [] })
  const answers = [ask(), ask(), ask()]
  await new Promise(setImmediate)
  const bytes: Buffer[] = []
  const send = waiting[0].peer.send.bind(waiting[0].peer)
  waiting[0].peer.send = (chunk) => void bytes.push(chunk)
  for (const request of [waiting[2], waiting[0], waiting[1]]) {
    request.peer.answer(request, { clusterId: `for ${request.correlationId}` })
  }
  const stream = Buffer.concat(bytes)
  for (let at = 0, step = 1; at < stream.length; at += step, step = (step % 7) + 1) send(stream.subarray(at, at + step))
  t.same(
    (await Promise.all(answers)).map(({ clusterId }) => clusterId),
    ['for 1', 'for 2', 'for 3'],
  )
})

t.test('whatever breaks a connection fails all that is in flight, and leaves no timer', async (t) => {
  const breaks: [name: string, reason: string, act: (request: Request, clock: ManualClock) => void][] = [
    ['the peer closes', 'disconnected', ({ peer }) => peer.close()],
    ['no answer in time', 'timeout', (_, clock) => clock.advance(5_000)],
    ['an answer to nobody', 'malformed', (request) => request.peer.answer({ ...request, correlationId: 77 }, {})],
    ['a size that no response has', 'malformed', ({ peer }) => peer.send(Buffer.from('HTTP/1.1 400 Bad Request'))],
    ['a body that ends early', 'malformed', ({ peer, correlationId }) => peer.send(frameOf(correlationId))],
  ]
  for (const [name, reason, act] of breaks) {
    const waiting: Request[] = []
    const { opening, clock, peers } = open((request) => void waiting.push(request))
    const connection = await opening
    const answers = [1, 2].map(() => connection.request(MetadataRequest, MetadataResponse, { topics: [] }))
    const settled = Promise.allSettled(answers)
    await new Promise(setImmediate)
    act(waiting[0], clock)
    for (const outcome of await settled) {
      t.equal(outcome.status, 'rejected', name)
      t.equal(((outcome as PromiseRejectedResult).reason as ClientError).reason, reason, name)
    }
    t.equal(connection.isOpen, false)
    t.equal(peers[0].isClosed, true)
    t.equal(clock.pendingTimers, 0)
    t.match(await connection.request(MetadataRequest, MetadataResponse, { topics: [] }).catch((error) => error), {
      reason,
    })
  }
})

function frameOf(correlationId: number): Buffer {
  const frame = Buffer.alloc(10)
  frame.writeInt32BE(6, 0)
  frame.writeInt32BE(correlationId, 4)
  return frame
}

t.test('nobody there', async (t) => {
  const { opening } = open(() => {}, { reachable: [] })
  await t.rejects(opening, { reason: 'unreachable', message: 'No broker answers at broker:9092 (ECONNREFUSED)' })
  t.match(await open(refusesEverything).opening.catch((error) => error), { reason: 'disconnected' })
})
