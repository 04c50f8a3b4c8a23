/** Any cluster, seen through the offsets of its partitions and of its groups. */
import { committedOffsets, shareOffsets } from '../../client/admin/group-offsets.ts'
import { describeGroup, type ListedGroup, listGroups } from '../../client/admin/groups.ts'
import { listOffsets, OffsetPlace, type PartitionOffset } from '../../client/admin/offsets.ts'
import { partitionName, partitionsOf } from '../../client/admin/partitions.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import type { Clock } from '../../env/index.ts'
import { runBounded } from '../../env/run-bounded.ts'
import type { ClientNow, GroupNow, Snapshot, Source, TopicNow } from './snapshot.ts'

/** Groups that are asked about at once. */
const AT_ONCE = 8

export const offsetsSource = (client: ClusterClient, clock: Clock): Source => ({
  by: 'offsets',
  look: () => look(client, clock),
})

async function look(client: ClusterClient, clock: Clock): Promise<Snapshot> {
  const { brokers, topics: all } = await client.metadata(null)
  const served = all.filter(({ partitions }) => partitions.every(({ leaderId }) => leaderId >= 0))
  const ends = new Map<string, number>()
  const records = new Map<string, number>()
  for (const each of await listOffsets(client, partitionsOf(served), OffsetPlace.LATEST)) {
    ends.set(partitionName(each), each.offset)
    records.set(each.topic, (records.get(each.topic) ?? 0) + each.offset)
  }
  const topics = served.map(({ name, partitions }): TopicNow => {
    const topic = name ?? ''
    const numbers = { records: records.get(topic) ?? 0, bytesIn: null, bytesOut: null, sizeBytes: null }
    return { topic, partitions: partitions.length, ...numbers }
  })
  const groups: GroupNow[] = []
  const clients: ClientNow[] = []
  await runBounded(await listGroups(client), AT_ONCE, async (listed) => {
    const seen = await lookAtGroup(client, listed, ends)
    if (seen === null) return
    groups.push(seen.group)
    clients.push(...seen.clients)
  })
  return { atMs: clock.monotonicMs(), brokers: brokers.length, topics, groups, clients }
}

/** null: it is gone, or none of this user's. */
async function lookAtGroup(client: ClusterClient, listed: ListedGroup, ends: ReadonlyMap<string, number>) {
  const { groupId: group, type, state } = listed
  try {
    const [described, offsets] = await Promise.all([
      state === 'Empty' ? null : describeGroup(client, group),
      offsetsOf(client, listed),
    ])
    const positions = new Map(offsets.map((each) => [partitionName(each), each.offset]))
    const members = described?.members ?? []
    const clients = members.map(({ clientId, host, assignment }): ClientNow => {
      const own = assignment.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => partitionName({ topic, partition })),
      )
      const position = own.reduce((sum, name) => sum + Math.max(0, positions.get(name) ?? 0), 0)
      const unknown = { connections: null, requests: null, bytesIn: null, bytesOut: null }
      return { client: clientId, group, host: host.replace(/^\//, ''), assignment: own.join(' '), ...unknown, position }
    })
    const position = offsets.reduce((sum, { offset }) => sum + Math.max(0, offset), 0)
    const lag = offsets.reduce((sum, each) => sum + lagOf(each, ends), 0)
    return { group: { group, type, state, members: members.length, position, lag, lagSeconds: null }, clients }
  } catch {
    return null
  }
}

const offsetsOf = (client: ClusterClient, { groupId, type }: ListedGroup): Promise<readonly PartitionOffset[]> =>
  type === 'share' ? shareOffsets(client, groupId) : committedOffsets(client, groupId)

function lagOf(each: PartitionOffset, ends: ReadonlyMap<string, number>): number {
  const end = ends.get(partitionName(each))
  return end === undefined || each.offset < 0 ? 0 : Math.max(0, end - each.offset)
}
