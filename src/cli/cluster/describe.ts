import { errorName } from '../../../protocol/errors.ts'
import { describeCluster, describeLogDirectories } from '../../client/admin/cluster.ts'
import { type Answer, tableAnswer, tableSection } from '../print/answer.ts'
import { bytesText } from '../print/quantity.ts'
import type { CommandContext } from './context.ts'

export async function describeTheCluster({ client }: CommandContext): Promise<Answer> {
  const [{ clusterId, controllerId, brokers }, { topics }] = await Promise.all([
    describeCluster(client),
    client.metadata(null),
  ])
  const partitions = topics.flatMap((topic) => topic.partitions)
  const leaderless = partitions.filter(({ leaderId }) => leaderId < 0).length
  const behind = partitions.filter(({ isrNodes, replicaNodes }) => isrNodes.length < replicaNodes.length).length
  const rows = brokers.map(({ nodeId, host, port, rack }) => {
    const replicas = partitions.filter(({ replicaNodes }) => replicaNodes.includes(nodeId)).length
    const leading = partitions.filter(({ leaderId }) => leaderId === nodeId).length
    return { broker: nodeId, host, port, rack, replicas, leading }
  })
  return {
    sections: [
      {
        heading: `cluster ${clusterId}`,
        facts: [
          ['brokers', brokers.length],
          ['controller', controllerId < 0 ? null : `broker ${controllerId}`],
          ['topics', topics.length],
          ['partitions', partitions.length],
          ['under-replicated', behind, behind > 0 ? 'warn' : 'good'],
          ['without leader', leaderless, leaderless > 0 ? 'bad' : 'good'],
        ],
      },
      tableSection({
        columns: [
          { title: 'BROKER', of: ({ broker }) => broker },
          { title: 'ADDRESS', of: ({ host, port }) => `${host}:${port}`, tone: () => 'name' },
          { title: 'RACK', of: ({ rack }) => rack },
          { title: 'REPLICAS', of: ({ replicas }) => replicas },
          { title: 'LEADING', of: ({ leading }) => leading },
        ],
        rows,
      }),
    ],
    json: [
      {
        clusterId,
        controllerId,
        topics: topics.length,
        partitions: partitions.length,
        underReplicated: behind,
        withoutLeader: leaderless,
        brokers: rows,
      },
    ],
  }
}

export async function logDirectories({ client }: CommandContext): Promise<Answer> {
  const rows = (await describeLogDirectories(client)).map((each) => ({
    broker: each.broker,
    directory: each.path,
    error: each.errorCode === 0 ? null : errorName(each.errorCode),
    replicas: each.replicas.length,
    totalBytes: each.totalBytes,
    usableBytes: each.usableBytes,
    sizeBytes: each.replicas.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }))
  const size = (bytes: number | null) => (bytes === null ? null : bytesText(bytes))
  return tableAnswer({
    columns: [
      { title: 'BROKER', of: ({ broker }) => broker },
      { title: 'DIRECTORY', of: ({ directory }) => directory, tone: () => 'name' },
      { title: 'REPLICAS', of: ({ replicas }) => replicas },
      { title: 'SIZE', of: ({ sizeBytes }) => size(sizeBytes) },
      { title: 'FREE', of: ({ usableBytes }) => size(usableBytes) },
      { title: 'OF', of: ({ totalBytes }) => size(totalBytes) },
      { title: 'ERROR', of: ({ error }) => error, tone: () => 'bad' },
    ],
    rows,
    missing: '',
  })
}
