import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { records } from '../../proof/log/support.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import { type FileSystem, FileSystemError } from '../../src/env/index.ts'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { silentLogger } from '../../src/env/silent-logger.ts'
import { LogManager } from '../../src/log/manager/log-manager.ts'
import type { MetadataImage } from '../../src/metadata/image/metadata-image.ts'
import type { ReplicaPlace } from '../../src/metadata/replica-place.ts'
import { ClusterReplication } from '../../src/replication/cluster-replication.ts'
import { MetadataFollower } from '../../src/replication/metadata-follower.ts'
import { ReplicaManager } from '../../src/replication/replica-manager.ts'
import { changeOf, imageOf, record } from '../controller/support/records.ts'

const NODE = 1
const TOPIC_ID = 'OEFKSsxZSLqm8on1qPiDRA'
const UNASSIGNED = 'AAAAAAAAAAAAAAAAAAAAAA'

const HELD_ID = 'PEFKSsxZSLqm8on1qPiDRA'
const THREE_UNASSIGNED = [UNASSIGNED, UNASSIGNED, UNASSIGNED]

const partitionOf = (partitionId: number, others: object = {}) =>
  record('PartitionRecord', 1, {
    partitionId,
    topicId: TOPIC_ID,
    replicas: [NODE],
    isr: [NODE],
    removingReplicas: [],
    addingReplicas: [],
    leader: NODE,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: [UNASSIGNED],
    ...others,
  })
const image: MetadataImage = imageOf([
  record('TopicRecord', 0, { name: 'orders', topicId: TOPIC_ID }),
  partitionOf(0),
  partitionOf(1),
])

async function followerOn(
  t: { teardown(run: () => unknown): void; fail(why: string): unknown },
  files: (real: FileSystem) => FileSystem,
  metadata: MetadataImage = image,
) {
  const path = mkdtempSync(join(tmpdir(), 'samsa-follower-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  const real = nodeEnvironment()
  const environment = { ...real, files: files(real.files) }
  const logDirectories = [join(path, 'a'), join(path, 'b')]
  const logger = silentLogger()
  const logs = await LogManager.open({ environment, logger, logDirectories, nodeId: NODE, clusterId: null })
  t.teardown(() => logs.stop(0))
  const replicas = new ReplicaManager({ clock: real.clock, unexpected: (error) => t.fail(String(error)) })
  const told: ReplicaPlace[] = []
  let elected = 0
  const leadership = { elected: () => elected++, resigned() {}, topicsDeleted() {} }
  const placed = (places: readonly ReplicaPlace[]) => told.push(...places)
  const config = new BrokerConfig({})
  const alterPartition = async () => ({})
  const replication = new ClusterReplication(
    { nodeId: NODE, config, environment, logger, replicas, alterPartition },
    metadata,
  )
  t.teardown(() => replication.stop())
  const parts = { config, logger, logs, replicas, replication, leadership, placed }
  const follower = new MetadataFollower({ nodeId: NODE, ...parts }, metadata)
  return { follower, logs, replicas, told, elected: () => elected }
}

t.test('partitions spread over the directories, and where they are is told', async (t) => {
  const { follower, logs, replicas, told } = await followerOn(t, (files) => files)
  await follower.start()
  t.ok(replicas.get('orders', 0))
  const ids = logs.directories.map(({ id }) => id)
  t.strictSame(told.map(({ directoryId }) => directoryId).sort(), [...ids].sort())
  t.match(told[0], { topic: 'orders', topicId: TOPIC_ID })
})

t.test('a replica that has moved to another directory is told too', async (t) => {
  const { follower, logs, told } = await followerOn(t, (files) => files)
  await follower.start()
  const from = logs.directoryOf(logs.getLog('orders', 0)!)
  const to = logs.directories.find((directory) => directory !== from)!
  told.length = 0
  await logs.moves.alter('orders', 0, to.path)
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(told, [{ topic: 'orders', topicId: TOPIC_ID, partition: 0, directoryId: to.id }])
})

t.test('a partition for which there was no room is opened when there is', async (t) => {
  let isFull = true
  const { follower, replicas, elected } = await followerOn(t, (real) => ({
    ...bound(real),
    open: async (path, mode) => {
      const isNew = mode === 'write' && path.includes('/orders-1/')
      if (isFull && isNew) throw new FileSystemError('ENOSPC', path, `no room for ${path}`)
      return real.open(path, mode)
    },
  }))
  await follower.start()
  t.ok(replicas.get('orders', 0), 'the others are there')
  t.notOk(replicas.get('orders', 1))
  isFull = false
  while (replicas.get('orders', 1) === undefined) await new Promise((resolve) => setImmediate(resolve))
  t.equal(elected(), 2)
})

t.test('who waits for a replica that goes is told whether the partition is elsewhere, or nowhere', async (t) => {
  const replicated = imageOf([
    record('TopicRecord', 0, { name: 'held', topicId: HELD_ID }),
    partitionOf(0, { topicId: HELD_ID, replicas: [NODE, 2, 3], isr: [NODE, 2, 3], directories: THREE_UNASSIGNED }),
    partitionOf(1, { topicId: HELD_ID, replicas: [NODE, 2, 3], isr: [NODE, 2, 3], directories: THREE_UNASSIGNED }),
  ])
  const { follower, replicas } = await followerOn(t, (files) => files, replicated)
  await follower.start()
  const waitFor = (index: number) =>
    new Promise<number | undefined>((resolve) => {
      const append = { acks: -1, origin: 'client' } as const
      replicas.require('held', index).append(records(['a']), append, (error) => resolve(error?.code))
    })
  const moves = waitFor(0)
  const dies = waitFor(1)
  const moved = record('PartitionChangeRecord', 2, {
    partitionId: 0,
    topicId: HELD_ID,
    replicas: [2, 3, 4],
    isr: [2, 3],
    leader: 2,
    directories: THREE_UNASSIGNED,
  })
  await follower.follow(changeOf([moved], replicated))
  t.equal(await moves, ErrorCode.NOT_LEADER_OR_FOLLOWER)
  await follower.follow(changeOf([record('RemoveTopicRecord', 0, { topicId: HELD_ID })], replicated))
  t.equal(await dies, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
})

/** The methods of a file system as properties, to put others in their place. */
function bound(files: FileSystem): FileSystem {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(files)).filter((name) => name !== 'constructor')
  const entries = names.map((name) => {
    const value: unknown = Reflect.get(files, name)
    return [name, typeof value === 'function' ? value.bind(files) : value]
  })
  return { ...files, ...Object.fromEntries(entries) }
}
