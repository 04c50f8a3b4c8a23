import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from '../../protocol/messages/describe-transactions.ts'
import { parseBootstrapServers } from '../../src/client/addresses.ts'
import { ClusterClient, CoordinatorType } from '../../src/client/cluster-client.ts'
import { fakeNetwork, ManualClock, type Request } from './fake-broker.ts'

const API_VERSIONS = 18
const METADATA = 3
const FIND_COORDINATOR = 10
const apiKeys = [3, 10, 18, 65].map((apiKey) => ({ apiKey, minVersion: 0, maxVersion: 6 }))
const BROKERS = [1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 }))

/** Two brokers that know each other; `respond` gives the body for whatever else is asked. */
function cluster(respond: (request: Request) => object | null, options: { reachable?: string[] } = {}) {
  const clock = new ManualClock()
  const reachable = options.reachable ?? BROKERS.map(({ host }) => `${host}:9092`)
  const { network, peers } = fakeNetwork(reachable, (request) => {
    const body =
      request.api.apiKey === API_VERSIONS
        ? { apiKeys }
        : request.api.apiKey === METADATA && (request.body.topics as unknown[] | null)?.length === 0
          ? { brokers: BROKERS }
          : respond(request)
    if (body === null) request.peer.close()
    else request.peer.answer(request, body)
  })
  const bootstrapServers = parseBootstrapServers('broker-1:9092,broker-2:9092')
  return {
    client: new ClusterClient({ environment: { network, clock }, bootstrapServers, apiTimeoutMs: 2_000 }),
    clock,
    peers,
  }
}

/** Lets backoffs pass until the promise has settled. */
async function settle<T>(promise: Promise<T>, clock: ManualClock): Promise<T> {
  let isSettled = false
  const outcome = promise.finally(() => {
    isSettled = true
  })
  outcome.catch(() => {})
  while (!isSettled) {
    await new Promise(setImmediate)
    clock.advance(10)
  }
  return outcome
}

const describe = (client: ClusterClient) =>
  client.request(
    { to: 'coordinator', type: CoordinatorType.TRANSACTION, key: 'id' },
    DescribeTransactionsRequest,
    DescribeTransactionsResponse,
    { transactionalIds: ['id'] },
    ({ transactionStates: [state] }) => state.errorCode,
  )
const coordinator = (nodeId: number, errorCode = 0) => ({
  coordinators: [{ key: 'id', errorCode, ...BROKERS[nodeId - 1] }],
})
const described = (errorCode: number) => ({ transactionStates: [{ transactionalId: 'id', errorCode }] })

t.test('a coordinator that moves is found again, one that loads is asked again', async (t) => {
  const asked: string[] = []
  const finds = [coordinator(1, ErrorCode.COORDINATOR_NOT_AVAILABLE), coordinator(1), coordinator(2), coordinator(2)]
  const answers = [ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.NONE]
  const { client, clock } = cluster((request) => {
    if (request.api.apiKey === FIND_COORDINATOR) return finds.shift()!
    asked.push(request.peer.host)
    return described(answers.shift()!)
  })
  t.match(await settle(describe(client), clock), described(0))
  t.same(asked, ['broker-1', 'broker-2', 'broker-2'])
})

t.test('an error that asking again does not mend is left to the caller', async (t) => {
  let asked = 0
  const { client, clock } = cluster((request) => {
    if (request.api.apiKey === FIND_COORDINATOR) return coordinator(1)
    asked++
    return described(ErrorCode.TRANSACTIONAL_ID_NOT_FOUND)
  })
  t.match(await settle(describe(client), clock), described(ErrorCode.TRANSACTIONAL_ID_NOT_FOUND))
  t.equal(asked, 1)
})

t.test('a connection that broke is replaced, until the time is over', async (t) => {
  let breaks = 2
  const { client, clock, peers } = cluster((request) => {
    if (request.api.apiKey === FIND_COORDINATOR) return coordinator(2)
    return breaks-- > 0 ? null : described(0)
  })
  t.match(await settle(describe(client), clock), described(0))
  t.equal(peers.filter(({ host }) => host === 'broker-2').length, 3)
  const { client: hopeless, clock: other } = cluster((request) =>
    request.api.apiKey === FIND_COORDINATOR ? coordinator(2) : null,
  )
  t.match(await settle(describe(hopeless), other).catch((error) => error), { reason: 'disconnected' })
  t.ok(other.monotonicMs() >= 1_000 && other.monotonicMs() <= 2_500, `${other.monotonicMs()} ms`)
})

t.test('the second bootstrap server is taken where the first is not there', async (t) => {
  const { client } = cluster(() => null, { reachable: ['broker-2:9092'] })
  t.match(await client.brokers(), BROKERS)
  const { client: alone } = cluster(() => null, { reachable: [] })
  await t.rejects(alone.brokers(), { reason: 'unreachable', message: /broker-2:9092/ })
})

t.test('leaders: a topic that does not exist, a partition that does not, one without a leader', async (t) => {
  const topic = (errorCode: number, leaderId: number) => ({
    brokers: BROKERS,
    topics: [{ name: 't', errorCode, partitions: [{ partitionIndex: 0, leaderId }] }],
  })
  const ask = (client: ClusterClient, partition: number) =>
    client.request(
      { to: 'leader', topic: 't', partition },
      DescribeTransactionsRequest,
      DescribeTransactionsResponse,
      {},
    )
  const unknown = cluster(() => topic(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1))
  await t.rejects(settle(ask(unknown.client, 0), unknown.clock), { code: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })
  const known = cluster((request) => (request.api.apiKey === METADATA ? topic(0, 2) : { transactionStates: [] }))
  await t.rejects(settle(ask(known.client, 3), known.clock), { message: 'The topic t has no partition 3' })
  t.match(await settle(ask(known.client, 0), known.clock), { transactionStates: [] })
  t.equal(known.peers.at(-1)!.host, 'broker-2')
  const electing = cluster(() => topic(0, -1))
  await t.rejects(settle(ask(electing.client, 0), electing.clock), { message: 't-0 has no leader now' })
})

t.test('addresses of bootstrap servers', (t) => {
  t.same(parseBootstrapServers('a:1, [::1]:2,'), [
    { host: 'a', port: 1 },
    { host: '::1', port: 2 },
  ])
  for (const text of ['', 'a', 'a:0', 'a:70000', '::1:9092', 'a:b']) {
    t.throws(() => parseBootstrapServers(text), { name: 'ClientError', message: /expected host:port$/ }, text)
  }
  t.end()
})
