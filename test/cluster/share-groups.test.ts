/** Share groups (KIP-932) on three brokers: their state is kept by whoever leads its partition, also when that one dies. */
import kafkajs from 'kafkajs'
import t from 'tap'
import { ErrorCode } from '../../protocol/errors.ts'
import {
  DescribeShareGroupOffsetsRequest,
  DescribeShareGroupOffsetsResponse,
} from '../../protocol/messages/describe-share-group-offsets.ts'
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/messages/incremental-alter-configs.ts'
import { ClusterClient, CoordinatorType } from '../../src/client/cluster-client.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { type RunningCluster, startCluster } from '../../src/index.ts'
import { ShareMember, Told } from './share-member.ts'

t.setTimeout(120_000)

const GROUP = 'workers'
const GROUP_RESOURCE = 32
const SHARE_STATE = '__share_group_state'
const CONFIG = {
  'offsets.topic.num.partitions': 3,
  'share.coordinator.state.topic.num.partitions': 3,
  'group.share.min.heartbeat.interval.ms': 100,
  'group.share.heartbeat.interval.ms': 200,
  'group.share.min.session.timeout.ms': 1000,
  'group.share.session.timeout.ms': 3000,
  'group.share.min.record.lock.duration.ms': 1000,
  'group.share.record.lock.duration.ms': 1000,
}

function clientOf({ bootstrapServers }: RunningCluster): ClusterClient {
  const servers = bootstrapServers.split(',').map((address) => {
    const [host, port] = address.split(':')
    return { host: host!, port: Number(port) }
  })
  return new ClusterClient({ environment: nodeEnvironment(), bootstrapServers: servers, requestTimeoutMs: 3000 })
}

async function beginsAtTheFirst(cluster: RunningCluster): Promise<void> {
  const client = clientOf(cluster)
  const configs = [{ name: 'share.auto.offset.reset', configOperation: 0, value: 'earliest' }]
  const resources = [{ resourceType: GROUP_RESOURCE, resourceName: GROUP, configs }]
  const { responses } = await client.request(
    { to: 'any' },
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
    { resources, validateOnly: false },
  )
  if (responses[0]?.errorCode !== ErrorCode.NONE) throw new Error(`The group is not configured: ${responses[0]}`)
  client.close()
}

/** The work that is left in each partition, as `kafka-share-groups` shows it. */
async function lags(cluster: RunningCluster): Promise<bigint[]> {
  const client = clientOf(cluster)
  const { groups } = await client.request(
    { to: 'coordinator', type: CoordinatorType.GROUP, key: GROUP },
    DescribeShareGroupOffsetsRequest,
    DescribeShareGroupOffsetsResponse,
    { groups: [{ groupId: GROUP, topics: [{ topicName: 'orders', partitions: [0, 1, 2] }] }] },
  )
  client.close()
  return groups[0]?.topics[0]?.partitions.map(({ lag }) => lag) ?? []
}

t.test('a broker that leads, coordinates and keeps states dies in the middle, and no record comes twice', async (t) => {
  await using cluster = await startCluster({ topics: ['orders:3:3'], config: CONFIG })
  for (const partition of [0, 1, 2]) await cluster.moveLeader('orders', partition, partition + 1)
  await beginsAtTheFirst(cluster)
  const retry = { initialRetryTime: 20, factor: 0, multiplier: 1, retries: 200 }
  const producer = new kafkajs.Kafka({
    brokers: cluster.bootstrapServers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    retry,
  }).producer()
  await producer.connect()
  t.teardown(() => producer.disconnect())
  let sent = 0
  const send = async () => {
    // kafkajs forgets messages that it sends again to a broker which has answered for others of the same call.
    for (const partition of [0, 1, 2]) {
      await producer.send({ topic: 'orders', acks: -1, messages: [{ partition, value: `${partition}:${sent}` }] })
    }
    sent++
  }

  const told = new Told()
  let isOver = false
  const members = ['member-1', 'member-2'].map((memberId) =>
    new ShareMember(clientOf(cluster), { groupId: GROUP, memberId, topic: 'orders', told }).work(() => !isOver),
  )
  while (sent < 10) await send()
  await cluster.until(() => told.accepted.size === 30)
  for (const partition of [0, 1, 2]) await cluster.moveLeader(SHARE_STATE, partition, 3)
  while (sent < 12) await send()
  await cluster.until(() => told.accepted.size === 36)
  const askedBy = new Set(
    cluster
      .broker(3)
      .requests({ api: 'WriteShareGroupState' })
      .map(({ clientId }) => clientId),
  )
  t.same([...askedBy].sort(), ['broker-1-shares', 'broker-2-shares'], 'leaders store what they know at another broker')
  for (const partition of [0, 1, 2]) {
    t.equal(cluster.isr(SHARE_STATE, partition).length, 3, 'three replicas of the states')
    t.equal(cluster.isr('__consumer_offsets', partition).length, 3, 'three replicas of the groups')
  }

  t.same(await lags(cluster), [0n, 0n, 0n], 'the coordinator asks the leaders how far the partitions are')

  await cluster.kill(3)
  while (sent < 20) await send()
  await cluster.until(() => told.accepted.size === 60, { timeoutMs: 30_000 })
  await cluster.restart(3)
  await cluster.until(() => [0, 1, 2].every((partition) => cluster.isr(SHARE_STATE, partition).length === 3))
  for (const partition of [0, 1, 2]) await cluster.moveLeader(SHARE_STATE, partition, 3)
  while (sent < 30) await send()
  await cluster.until(() => told.accepted.size === 90, { timeoutMs: 30_000 })
  isOver = true
  await Promise.all(members)

  t.same(told.again, [], 'nothing comes again that the group is done with')
  const values = [...new Set(told.values.values())].sort()
  const all = [0, 1, 2].flatMap((partition) => Array.from({ length: 30 }, (_, index) => `${partition}:${index}`))
  t.same(values, all.sort(), 'everything came')
})
