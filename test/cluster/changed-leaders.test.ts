/** A client that asks the wrong broker is told the right one, and where it is (KIP-951), from the versions on that Kafka has it in. */
import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import { FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'
import { ProduceRequest, ProduceResponse } from '../../protocol/messages/produce.ts'
import { ShareFetchRequest, ShareFetchResponse } from '../../protocol/messages/share-fetch.ts'
import { buildBatch } from '../../protocol/records/build.ts'
import { ClusterClient, type ClusterNode } from '../../src/client/cluster-client.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { type RunningCluster, startCluster } from '../../src/index.ts'

t.setTimeout(120_000)

const NODES = [1, 2, 3]

function clientOf({ bootstrapServers }: RunningCluster): ClusterClient {
  const servers = bootstrapServers.split(',').map((address) => {
    const [host, port] = address.split(':')
    return { host: host!, port: Number(port) }
  })
  return new ClusterClient({ environment: nodeEnvironment(), bootstrapServers: servers })
}

const records = buildBatch({}, [{ key: null, value: Buffer.from('value'), timestamp: 1_700_000_000_000 }])

t.test('Produce, Fetch and ShareFetch at brokers that do not lead', async (t) => {
  // One replica: of the others, none knows the partition but by the metadata.
  await using cluster = await startCluster({
    topics: ['held:1:3', 'alone:1:1'],
    config: (node) => ({ 'broker.rack': `rack-${node}` }),
  })
  // The first epoch has ended wherever the controller placed the first leader.
  await cluster.moveLeader('held', 0, NODES.find((id) => id !== cluster.leader('held', 0))!)
  const client = clientOf(cluster)
  t.teardown(() => client.close())
  const { topics, brokers } = await client.metadata(['held', 'alone'])
  const endpointOf = (nodeId: number) => {
    const { host, port } = brokers.find((broker) => broker.nodeId === nodeId) as ClusterNode
    return { nodeId, host, port, rack: `rack-${nodeId}` }
  }
  for (const { name, topicId, partitions } of topics) {
    const { leaderId, leaderEpoch } = partitions[0]!
    const currentLeader = { leaderId, leaderEpoch }
    const others = NODES.filter((id) => id !== leaderId)
    for (const nodeId of others) {
      const to = { to: 'broker', nodeId } as const
      const told = { nodeEndpoints: [endpointOf(leaderId)] }
      const refused = { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, currentLeader }

      const produce = (maxVersion: number) =>
        client.request(
          to,
          ProduceRequest,
          ProduceResponse,
          { acks: -1, timeoutMs: 1000, topicData: [{ name: name!, topicId, partitionData: [{ index: 0, records }] }] },
          undefined,
          { maxVersion },
        )
      for (const version of [10, 12, 13]) {
        t.match(
          await produce(version),
          { ...told, responses: [{ partitionResponses: [refused] }] },
          `Produce v${version}`,
        )
      }
      const before = await produce(9)
      t.match(before, { nodeEndpoints: [], responses: [{ partitionResponses: [{ currentLeader: { leaderId: -1 } }] }] })

      const fetch = (maxVersion: number, fetchOffset: bigint, currentLeaderEpoch: number) =>
        client.request(
          to,
          FetchRequest,
          FetchResponse,
          {
            maxWaitMs: 0,
            maxBytes: 1000,
            isolationLevel: 0,
            topics: [
              {
                topic: name!,
                topicId,
                partitions: [{ partition: 0, fetchOffset, currentLeaderEpoch, partitionMaxBytes: 1000 }],
              },
            ],
          },
          undefined,
          { maxVersion },
        )
      // A replica that is asked in an epoch of long ago fences the client; others know no epochs.
      const isReplica = name === 'held'
      if (!isReplica) {
        t.match(await fetch(18, 0n, -1), { ...told, responses: [{ partitions: [refused] }] }, 'Fetch v18')
        t.match(await fetch(15, 0n, -1), {
          nodeEndpoints: [],
          responses: [{ partitions: [{ currentLeader: { leaderId: -1 } }] }],
        })
      } else {
        const fenced = { errorCode: ErrorCode.FENCED_LEADER_EPOCH, currentLeader }
        t.match(await fetch(18, 0n, 0), { ...told, responses: [{ partitions: [fenced] }] }, 'Fetch v18 of a replica')
      }

      const shared = await client.request(to, ShareFetchRequest, ShareFetchResponse, {
        groupId: 'workers',
        memberId: 'AAAAAAAAAAAAAAAAAAAAAQ',
        shareSessionEpoch: 0,
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes: 1000,
        maxRecords: 1,
        batchSize: 1,
        topics: [{ topicId, partitions: [{ partitionIndex: 0 }] }],
      })
      t.match(shared, { ...told, responses: [{ partitions: [refused] }] }, 'ShareFetch')
    }
  }
})

t.test('a leader that is gone is told without an address', async (t) => {
  await using cluster = await startCluster({ topics: ['alone:1:1'] })
  const leader = cluster.leader('alone', 0)!
  const { topics } = await clientOf(cluster).metadata(['alone'])
  const { topicId } = topics[0]!
  await cluster.kill(leader)
  await cluster.until(() => cluster.leader('alone', 0) === null)
  const client = clientOf(cluster)
  t.teardown(() => client.close())
  const nodeId = NODES.find((id) => id !== leader)
  const answer = await client.request({ to: 'broker', nodeId: nodeId! }, ProduceRequest, ProduceResponse, {
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ topicId, partitionData: [{ index: 0, records }] }],
  })
  t.match(answer, {
    nodeEndpoints: [],
    responses: [
      { partitionResponses: [{ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, currentLeader: { leaderId: -1 } }] },
    ],
  })
})
