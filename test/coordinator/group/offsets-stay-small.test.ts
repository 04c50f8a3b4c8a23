/** `__consumer_offsets` under compaction: however much is committed, it stays as small as what is committed last. */

import { join } from 'node:path'
import t from 'tap'
import { ANY_TIME, CLEAN, quiet, temporaryDirectory } from '../../../proof/log/support.ts'
import { decodeMessage, encodeMessage } from '../../../protocol/compile.ts'
import { OffsetCommitRequest } from '../../../protocol/messages/offset-commit.ts'
import { BrokerConfig } from '../../../src/config/index.ts'
import { groupCoordinatorConfig } from '../../../src/coordinator/group/group-config.ts'
import { GroupCoordinator } from '../../../src/coordinator/group-coordinator.ts'
import { ReplicatedLog } from '../../../src/coordinator/runtime/replicated-log.ts'
import { nodeEnvironment } from '../../../src/env/node/index.ts'
import { createLogContext } from '../../../src/log/create-log-context.ts'
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts'
import { PartitionLog } from '../../../src/log/partition-log.ts'
import { createLogFiles, loadLog } from '../../../src/log/recovery/load-log.ts'
import { Partition } from '../../../src/replication/partition.ts'
import { ReplicaManager } from '../../../src/replication/replica-manager.ts'
import { imageWithTopics, TOPIC_IDS } from '../../api/support/api-bench.ts'
import { clean } from '../../log/cleaner/clean.ts'
import { ALONE, replicaEnvironment } from '../../replication/support.ts'
import { MemoryPersister } from '../support/memory-persister.ts'

/** A million takes half a minute: SAMSA_COMMITS=1000000. */
const COMMITS = Number(process.env.SAMSA_COMMITS ?? 20_000)
const GROUPS = 20
const PARTITIONS = 5
const COMMITS_PER_CLEANING = 5_000
const SEGMENT_BYTES = 200_000
const TOPIC = '__consumer_offsets'

const VERSION = 8
const groupId = (index: number) => `group-${index % GROUPS}`

t.test(`${COMMITS} commits`, { timeout: 600_000 }, async (t) => {
  const environment = nodeEnvironment()
  const log = await openOffsetsLog(join(temporaryDirectory(t), `${TOPIC}-0`))
  const replicas = new ReplicaManager({
    clock: environment.clock,
    unexpected: (error) => {
      throw error
    },
  })
  replicas.add(new Partition(log, ALONE, replicaEnvironment()))
  const coordinator = (epoch: number) => {
    const groups = new GroupCoordinator({
      config: groupCoordinatorConfig(new BrokerConfig()),
      log: new ReplicatedLog(replicas),
      environment,
      logger: quiet,
      partitionCount: () => 1,
      image: () => imageWithTopics({ topic: PARTITIONS, [TOPIC]: 1 }),
      persister: new MemoryPersister(),
    })
    groups.onElection(0, epoch)
    t.teardown(() => groups.stop())
    return groups
  }
  const groups = coordinator(0)
  await until(async () => (await groups.offsets.fetch(asked(0), false)).errorCode === 0)
  let cleaned = 0
  let largestBytes = 0
  for (let done = 0; done < COMMITS; done += COMMITS_PER_CLEANING) {
    for (let at = done; at < done + COMMITS_PER_CLEANING; at += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => groups.offsets.commit(VERSION, commit(at + i))))
    }
    cleaned = await clean(log, { nowMs: environment.clock.nowMs(), cleanedOffset: cleaned, keys: 1_000_000 })
    largestBytes = Math.max(largestBytes, log.sizeBytes)
  }
  t.ok(largestBytes < 3 * SEGMENT_BYTES, `${largestBytes} bytes at most, after each cleaning`)
  const reloaded = coordinator(1)
  await until(async () => (await reloaded.offsets.fetch(asked(0), false)).errorCode === 0)
  for (let index = 0; index < GROUPS; index++) {
    const before = await groups.offsets.fetch(asked(index), false)
    t.same(await reloaded.offsets.fetch(asked(index), false), before, `${groupId(index)} after a reload`)
  }
})

async function openOffsetsLog(directory: string): Promise<PartitionLog> {
  const context = createLogContext(nodeEnvironment(), quiet)
  await createLogFiles(context, directory, TOPIC_IDS[TOPIC])
  const identity = { topic: TOPIC, partition: 0, topicId: TOPIC_IDS[TOPIC], directory }
  const settings = { segmentBytes: SEGMENT_BYTES, compact: true, delete: false, fileDeleteDelayMs: 0 }
  const state = await loadLog(context, identity, { ...DEFAULT_LOG_CONFIG, ...ANY_TIME, ...settings }, CLEAN, () => {})
  return new PartitionLog(state, {
    checkpointLogStartOffset: async () => {},
    flushed: () => {},
    checkpointRecoveryPoint: async () => {},
    withoutCleaning: (change) => change(),
    checkpointHighWatermark: async () => {},
    truncated: async () => {},
  })
}

/** As a client's request arrives. */
function commit(index: number) {
  const partition = { partitionIndex: index % PARTITIONS, committedOffset: BigInt(index), committedMetadata: '' }
  const request = encodeMessage(OffsetCommitRequest, VERSION, {
    groupId: groupId(Math.floor(index / PARTITIONS)),
    topics: [{ name: 'topic', partitions: [partition] }],
  })
  return decodeMessage(OffsetCommitRequest, VERSION, request)
}

function asked(index: number) {
  return { groupId: groupId(index), memberId: null, memberEpoch: -1, topics: null }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await new Promise<void>((resolve) => setImmediate(resolve))
}
