import pino from 'pino'
import { KafkaError } from '../../../protocol/errors.ts'
import type { JoinGroupRequest, JoinGroupResponse } from '../../../protocol/messages/join-group.ts'
import type { SyncGroupResponse } from '../../../protocol/messages/sync-group.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import type { GroupCoordinatorConfig } from '../../../src/coordinator/group/group-config.ts'
import { decodeGroupRecord } from '../../../src/coordinator/group/group-records.ts'
import type { GroupRecord } from '../../../src/coordinator/group/group-words.ts'
import { GroupCoordinator } from '../../../src/coordinator/group-coordinator.ts'
import { EMPTY_IMAGE, type MetadataImage } from '../../../src/metadata/image/metadata-image.ts'
import { MemoryLog } from './memory-log.ts'
import { MemoryPersister } from './memory-persister.ts'
import { VirtualClock } from './virtual-clock.ts'

export const MINUTE_MS = 60_000

const CONFIG: GroupCoordinatorConfig = {
  minSessionTimeoutMs: 6_000,
  maxSessionTimeoutMs: 1_800_000,
  maxGroupSize: 0x7fff_ffff,
  initialRebalanceDelayMs: 0,
  offsetMetadataMaxBytes: 4_096,
  offsetsRetentionMs: 10_080 * MINUTE_MS,
  offsetsRetentionCheckIntervalMs: 10 * MINUTE_MS,
  commitTimeoutMs: 5_000,
  loadBufferBytes: 5_242_880,
  compressionTypeId: 0,
  appendLingerMs: -1,
  consumer: {
    isEnabled: true,
    maxSize: 0x7fff_ffff,
    assignors: ['uniform', 'range'],
    mayUpgrade: true,
    mayDowngrade: true,
    regexRefreshIntervalMs: 600_000,
    sessionTimeoutMs: () => 45_000,
    heartbeatIntervalMs: () => 5_000,
    assignmentIntervalMs: () => 0,
  },
  streams: {
    isEnabled: true,
    maxSize: 0x7fff_ffff,
    sessionTimeoutMs: () => 45_000,
    heartbeatIntervalMs: () => 5_000,
    assignmentIntervalMs: () => 0,
    initialRebalanceDelayMs: () => 0,
    standbyReplicas: () => 0,
    assignor: () => 'sticky',
    rackAwareTags: () => [],
    taskOffsetIntervalMs: () => 60_000,
    acceptableRecoveryLag: () => 10_000,
  },
  share: {
    maxSize: 200,
    initializeRetryIntervalMs: 30_000,
    sessionTimeoutMs: () => 45_000,
    heartbeatIntervalMs: () => 5_000,
    assignmentIntervalMs: () => 0,
  },
}

/** The image of a cluster that allows consumer groups. */
export function withFeatures(image: MetadataImage, groupVersion = 1): MetadataImage {
  return { ...image, features: image.features.set('group.version', groupVersion) }
}

/** `ConsumerProtocolSubscription` version 1: the version, the topics, no user data, no owned partitions. */
export function subscription(...topics: string[]): Buffer {
  const bytes = Buffer.alloc(6 + topics.reduce((sum, topic) => sum + 2 + topic.length, 0) + 8)
  bytes.writeInt16BE(1, 0)
  bytes.writeInt32BE(topics.length, 2)
  let at = 6
  for (const topic of topics) {
    bytes.writeInt16BE(topic.length, at)
    bytes.write(topic, at + 2)
    at += 2 + topic.length
  }
  bytes.writeInt32BE(-1, at)
  return bytes
}

type Joined = Required<Pick<JoinGroupResponse, 'memberId' | 'generationId' | 'leader' | 'members' | 'errorCode'>> &
  JoinGroupResponse

/** The outcome of a promise, to be looked at without waiting. */
export class Answer<T> {
  value: T | undefined
  errorCode: number | undefined

  constructor(promise: Promise<T>) {
    promise.then(
      (value) => {
        this.value = value
      },
      (error: unknown) => {
        if (!(error instanceof KafkaError)) throw error
        this.errorCode = error.code
      },
    )
  }

  get isPending(): boolean {
    return this.value === undefined && this.errorCode === undefined
  }
}

/** A group coordinator of one partition on a log and a clock that the test controls. */
export class GroupBench {
  readonly clock: VirtualClock
  readonly log: MemoryLog
  readonly coordinator: GroupCoordinator
  readonly config: GroupCoordinatorConfig
  readonly persister = new MemoryPersister()
  #seed = 1
  image: MetadataImage = withFeatures(EMPTY_IMAGE)

  private constructor(config: Partial<GroupCoordinatorConfig>, log: MemoryLog, clock: VirtualClock) {
    this.log = log
    this.clock = clock
    this.config = { ...CONFIG, ...config }
    this.coordinator = new GroupCoordinator({
      config: this.config,
      log,
      environment: { clock, random: { integer: () => 0, bytes: (count) => Buffer.alloc(count, this.#seed++) } },
      logger: pino({ level: 'silent' }),
      partitionCount: () => 1,
      image: () => this.image,
      persister: this.persister,
    })
  }

  static async start(
    config: Partial<GroupCoordinatorConfig> = {},
    log = new MemoryLog(),
    clock = new VirtualClock(),
  ): Promise<GroupBench> {
    const bench = new GroupBench(config, log, clock)
    bench.coordinator.onElection(0, 1)
    await bench.settle()
    return bench
  }

  /** The coordinator dies; another one starts on what is in the log. */
  async restart(config: Partial<GroupCoordinatorConfig> = {}): Promise<GroupBench> {
    this.coordinator.stop()
    return GroupBench.start({ ...this.config, ...config }, this.log, this.clock)
  }

  /** Lets everything that can happen now happen. */
  async settle(): Promise<void> {
    for (let i = 0; i < 4; i++) {
      this.clock.advance(0)
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }

  async advance(ms: number): Promise<void> {
    await this.settle()
    this.clock.advance(ms)
    await this.settle()
  }

  async run<T>(promise: Promise<T>): Promise<Answer<T>> {
    const answer = new Answer(promise)
    await this.settle()
    return answer
  }

  async join(request: Partial<JoinGroupRequest> = {}, apiVersion = 5): Promise<Answer<Joined>> {
    const joining = this.coordinator.classic.join(
      { apiVersion, clientId: 'client', clientHost: '/127.0.0.1' },
      {
        groupId: 'group',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 60_000,
        memberId: '',
        groupInstanceId: null,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: subscription('topic') }],
        reason: null,
        ...request,
      },
    )
    return this.run(joining as Promise<Joined>)
  }

  /** The two steps of a new dynamic member since KIP-394. */
  async joinAsNew(request: Partial<JoinGroupRequest> = {}): Promise<{ memberId: string; answer: Answer<Joined> }> {
    const { memberId } = (await this.join(request)).value as Joined
    return { memberId, answer: await this.join({ ...request, memberId }) }
  }

  async sync(
    memberId: string,
    generationId: number,
    assignments: Record<string, string> = {},
    more: { groupId?: string; groupInstanceId?: string | null; protocolName?: string | null } = {},
  ): Promise<Answer<SyncGroupResponse>> {
    const syncing = this.coordinator.classic.sync({
      groupId: 'group',
      generationId,
      memberId,
      groupInstanceId: null,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: Object.entries(assignments).map(([id, text]) => ({ memberId: id, assignment: Buffer.from(text) })),
      ...more,
    })
    return this.run(syncing as Promise<SyncGroupResponse>)
  }

  /** The error code of a heartbeat. */
  async heartbeat(
    memberId: string,
    generationId: number,
    groupInstanceId: string | null = null,
  ): Promise<number | undefined> {
    const request = { groupId: 'group', generationId, memberId, groupInstanceId }
    const answer = await this.run(this.coordinator.classic.heartbeat(request))
    return answer.errorCode ?? answer.value?.errorCode
  }

  async leave(...members: { memberId?: string; groupInstanceId?: string | null }[]) {
    const identities = members.map((member) => ({ memberId: '', groupInstanceId: null, reason: null, ...member }))
    return this.run(this.coordinator.classic.leave({ groupId: 'group', memberId: '', members: identities }))
  }

  /** A stable group of dynamic members: the first one leads. Each gets the assignment `work of <n>`. */
  async stableGroup(
    size: number,
    request: Partial<JoinGroupRequest> = {},
  ): Promise<{ ids: string[]; generationId: number }> {
    const ids: string[] = []
    let generationId = 0
    while (ids.length < size) {
      const { memberId, answer } = await this.joinAsNew(request)
      for (const id of ids) await this.join({ ...request, memberId: id })
      ids.push(memberId)
      generationId = (answer.value as Joined).generationId
    }
    const work = Object.fromEntries(ids.map((id, index) => [id, `work of ${index}`]))
    for (const id of [...ids].reverse()) await this.sync(id, generationId, id === ids[0] ? work : {})
    return { ids, generationId }
  }

  /** Commits one offset of partition 0 and gives the error code. */
  async commit(
    offset: number,
    more: {
      groupId?: string
      memberId?: string
      generationId?: number
      topic?: string
      topicId?: string
      metadata?: string
      retentionTimeMs?: bigint
    } = {},
    apiVersion = 8,
  ): Promise<number | undefined> {
    const committed = this.coordinator.offsets.commit(apiVersion, {
      groupId: more.groupId ?? 'group',
      generationIdOrMemberEpoch: more.generationId ?? -1,
      memberId: more.memberId ?? '',
      groupInstanceId: null,
      retentionTimeMs: more.retentionTimeMs ?? -1n,
      topics: [
        {
          name: more.topic ?? 'topic',
          topicId: more.topicId ?? 'AAAAAAAAAAAAAAAAAAAAAQ',
          partitions: [
            {
              partitionIndex: 0,
              committedOffset: BigInt(offset),
              commitTimestamp: -1n,
              committedLeaderEpoch: 3,
              committedMetadata: more.metadata ?? '',
            },
          ],
        },
      ],
    })
    const answer = await this.run(committed)
    return answer.errorCode ?? answer.value?.topics?.[0].partitions?.[0].errorCode
  }

  /** The committed offset of partition 0; -1 when there is none. */
  async offset(topic = 'topic', groupId = 'group'): Promise<number> {
    const topics = [{ name: topic, topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitionIndexes: [0] }]
    const fetched = await this.coordinator.offsets.fetch({ groupId, memberId: null, memberEpoch: -1, topics }, false)
    return Number(fetched.topics[0].partitions[0].committedOffset)
  }

  async state(groupId = 'group'): Promise<string> {
    return (await this.coordinator.classic.describe([groupId], 6))[0].groupState
  }

  /** Every record in the log, oldest first. */
  records(from = 0): GroupRecord[] {
    return this.log.batches
      .flatMap((batch) => decodeBatches(batch)[0].records)
      .filter(({ offset }) => offset >= from)
      .map(({ key, value }) => decodeGroupRecord(key as Buffer, value) as GroupRecord)
  }
}
