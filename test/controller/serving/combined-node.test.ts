/**
 * A node that is broker and controller, which others ask: the metadata log for observers, requests in the name of a client,
 * and a second broker that joins. The requests are those of Apache's observers and brokers, byte by byte on the wire.
 */
import t, { type Test } from 'tap'
import { freePorts } from '../../../compat-tests/support/broker.ts'
import { requestFrame } from '../../../protocol/frame.ts'
import { apisByKey } from '../../../protocol/registry.ts'
import { unchecked } from '../../../protocol/unchecked.ts'
import { startBroker } from '../../../src/index.ts'
import { METADATA_TOPIC_ID } from '../../../src/log/files/file-names.ts'
import { ask } from '../../api/support/wire-client.ts'

t.setTimeout(60_000)

const FETCH = apisByKey.get(1)!
const ENVELOPE = apisByKey.get(58)!
const CREATE_TOPICS = apisByKey.get(19)!
const LIST_OFFSETS = apisByKey.get(2)!
const [NONE, INCONSISTENT_CLUSTER_ID, INVALID_REQUEST] = [0, 104, 42]
const [FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, PRINCIPAL_DESERIALIZATION_FAILURE] = [74, 75, 97]
const CLUSTER = 'UjiwNlHYTuiHG49-X2FRZg'

async function startCombined(t: Test) {
  const [port, controllerPort] = await freePorts(2)
  const listeners = `PLAINTEXT://localhost:${port},CONTROLLER://localhost:${controllerPort}`
  const config = { listeners, 'node.id': 1, 'samsa.cluster.id': CLUSTER, 'broker.session.timeout.ms': 600 }
  const broker = await startBroker({ config })
  t.teardown(() => broker.stop())
  return { broker, port: port!, controllerPort: controllerPort! }
}

interface Position {
  readonly fetchOffset?: number
  readonly lastFetchedEpoch?: number
  readonly currentLeaderEpoch?: number
  readonly highWatermark?: number
}

const fetchRequest = (position: Position, clusterId = CLUSTER) => ({
  clusterId,
  replicaState: { replicaId: 7, replicaEpoch: -1n },
  maxWaitMs: 0,
  minBytes: 0,
  maxBytes: 1 << 20,
  topics: [
    {
      topicId: METADATA_TOPIC_ID,
      partitions: [
        {
          partition: 0,
          currentLeaderEpoch: position.currentLeaderEpoch ?? 1,
          fetchOffset: BigInt(position.fetchOffset ?? 0),
          lastFetchedEpoch: position.lastFetchedEpoch ?? 0,
          partitionMaxBytes: 0,
          highWatermark: BigInt(position.highWatermark ?? -1),
        },
      ],
    },
  ],
})

interface FetchedPartition {
  errorCode: number
  highWatermark: number
  currentLeader: { leaderId: number; leaderEpoch: number }
  divergingEpoch?: { epoch: number; endOffset: number }
  records: string | null
}

async function fetchFrom(port: number, position: Position): Promise<FetchedPartition> {
  const answer = await ask(port, FETCH, 17, fetchRequest(position))
  const [topic] = unchecked<{ partitions: FetchedPartition[] }[]>(answer.responses)
  return topic!.partitions[0]!
}

t.test('an observer is given what is durable, and told where its log parts from this one', async (t) => {
  const { controllerPort } = await startCombined(t)
  const first = await fetchFrom(controllerPort, {})
  t.match(first, { errorCode: NONE, currentLeader: { leaderId: 1, leaderEpoch: 1 } })
  t.ok(first.highWatermark > 0 && (first.records ?? '').length > 0)
  const end = first.highWatermark
  const atEnd = await fetchFrom(controllerPort, { fetchOffset: end, lastFetchedEpoch: 1, highWatermark: end })
  t.match(atEnd, { errorCode: NONE, highWatermark: end })
  const beyond = await fetchFrom(controllerPort, { fetchOffset: end + 5, lastFetchedEpoch: 1 })
  t.match(beyond, { errorCode: NONE, divergingEpoch: { epoch: 1, endOffset: end } })
  t.match(await fetchFrom(controllerPort, { currentLeaderEpoch: 0 }), { errorCode: FENCED_LEADER_EPOCH })
  t.match(await fetchFrom(controllerPort, { currentLeaderEpoch: 9 }), { errorCode: UNKNOWN_LEADER_EPOCH })
  t.match(await fetchFrom(controllerPort, { lastFetchedEpoch: 9 }), { errorCode: INVALID_REQUEST })
  t.match(await ask(controllerPort, FETCH, 17, fetchRequest({}, 'AAAAAAAAAAAAAAAAAAAAAQ')), {
    errorCode: INCONSISTENT_CLUSTER_ID,
  })
})

/** DefaultKafkaPrincipalBuilder's bytes of User:alice: version 0 of a flexible message. */
const ALICE = Buffer.from([0, 0, 5, ...Buffer.from('User'), 6, ...Buffer.from('alice'), 0, 0])

function envelope(api: typeof CREATE_TOPICS, version: number, body: object, principal: Buffer) {
  const frame = Buffer.concat(requestFrame(api, version, { correlationId: 5, clientId: 'inner' }, body))
  return {
    requestData: frame.subarray(4),
    requestPrincipal: principal,
    clientHostAddress: Buffer.from([127, 0, 0, 1]),
  }
}

t.test('a request in an envelope is carried out in the name of its client', async (t) => {
  const { broker, controllerPort } = await startCombined(t)
  const topics = [{ name: 'orders', numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }]
  const body = { topics, timeoutMs: 1000, validateOnly: false }
  t.match(await ask(controllerPort, ENVELOPE, 0, envelope(CREATE_TOPICS, 7, body, ALICE)), { errorCode: NONE })
  t.match(await broker.topics(), [{ name: 'orders', partitions: [{ partition: 0 }, { partition: 1 }] }])
  const nobody = envelope(CREATE_TOPICS, 7, body, Buffer.from([9, 9]))
  t.match(await ask(controllerPort, ENVELOPE, 0, nobody), { errorCode: PRINCIPAL_DESERIALIZATION_FAILURE })
  const notForwarded = envelope(LIST_OFFSETS, 6, { replicaId: -1, isolationLevel: 0, topics: [] }, ALICE)
  t.match(await ask(controllerPort, ENVELOPE, 0, notForwarded), { errorCode: INVALID_REQUEST })
})

t.test('another broker joins a node that is both, follows it, and leaves', async (t) => {
  const { broker: first, controllerPort } = await startCombined(t)
  const second = await startBroker({
    config: {
      'process.roles': 'broker',
      'node.id': 2,
      'controller.quorum.bootstrap.servers': `localhost:${controllerPort}`,
      'broker.heartbeat.interval.ms': 100,
    },
    topics: ['orders:1:2'],
  })
  t.teardown(() => second.stop())
  const { topics } = await fetchTopics(first.port)
  const [leader, follower] = topics.find(({ name }) => name === 'orders')!.partitions[0]!.isrNodes
  t.same([leader, follower].sort(), [1, 2])
  await second.stop()
  const after = (await fetchTopics(first.port)).topics.find(({ name }) => name === 'orders')!.partitions[0]!
  t.match(after, { leaderId: 1, isrNodes: [1] }, 'it handed over before it left')
  t.same((await first.produce('orders', ['still written'])).length, 1)
})

interface Topics {
  topics: { name: string; partitions: { leaderId: number; isrNodes: number[] }[] }[]
}

const fetchTopics = async (port: number): Promise<Topics> =>
  unchecked<Topics>(await ask(port, apisByKey.get(3)!, 12, { topics: null }))
