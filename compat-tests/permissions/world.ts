/** The things that the judges ask about: topics, groups, producers and tokens, of the same names on each broker. */

import type { Body } from '../diff/connection.ts'
import { batch, produce } from '../diff/scenarios/writes.ts'
import type { Session } from '../diff/session.ts'
import { ShareMember } from '../diff/share-member.ts'
import { streamsTopology } from './streams-topology.ts'

/** One that may be in an ACL of `mine`, one that is not, and of each kind one that does not exist. */
export const NAMES = ['mine', 'theirs'] as const
export const ABSENT = ['mine-absent', 'theirs-absent'] as const
export const EVERY_NAME = [...NAMES, ...ABSENT] as const

export interface World {
  readonly session: Session
  readonly token: { tokenId: string; hmac: Buffer }
  /** Another number for each request, the same on each broker. */
  count: number
}

/** One request of an API in one version. */
export interface PermissionRequest {
  label: string
  body: object
  /** Makes again what an earlier request may have taken away. */
  before?: () => Promise<unknown>
}

export type Requests = (world: World, version: number) => PermissionRequest[]

/** Makes all of it, as the super user. Answers what each broker has chosen by itself. */
export async function makeWorld(session: Session): Promise<World['token']> {
  for (const name of NAMES) {
    await session.createTopic(name, name === 'mine' ? 2 : 1)
    await produce(session.aside, 9, { topic: name }, batch(3))
  }
  for (const name of NAMES) {
    await commitOffsets(session, name)
    await beginTransaction(session, name)
    await joinConsumerGroup(session, `${name}-members`)
    await joinStreamsGroup(session, `${name}-streamers`)
    // Once its partitions are assigned their states are there.
    await new ShareMember(session, `${name}-sharers`, 'one').joinAndGet(NAMES, 3)
  }
  const { tokenId, hmac } = await session.aside.send('CreateDelegationToken', 3, {
    renewers: [{ principalType: 'User', principalName: 'nobody' }],
    maxLifetimeMs: -1n,
  })
  if (tokenId === undefined || tokenId === '') throw new Error(`${session.broker.product} gives no delegation token`)
  session.createdIds.push(tokenId)
  await session.settle()
  return { tokenId, hmac }
}

/** A group without members that has offsets of all topics. */
export async function commitOffsets(session: Session, groupId: string): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }]
  const topics = NAMES.map((name) => ({ name, partitions }))
  await session.aside.send('OffsetCommit', 8, { groupId, topics, memberId: '', generationIdOrMemberEpoch: -1 })
}

/** A transaction that stays open, with partitions of both topics. */
async function beginTransaction(session: Session, transactionalId: string): Promise<void> {
  const begin = { transactionalId, transactionTimeoutMs: 900_000, producerId: -1n, producerEpoch: -1 }
  const { producerId, producerEpoch } = await session.aside.send('InitProducerId', 4, begin)
  const { resultsByTopicV3AndBelow: results } = await session.aside.send('AddPartitionsToTxn', 3, {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: NAMES.map((name) => ({ name, partitions: ONE_PARTITION })),
  })
  const isOpen = results?.every(({ resultsByPartition: [{ partitionErrorCode }] }: Body) => partitionErrorCode === 0)
  if (isOpen !== true) throw new Error(`${session.broker.product}: there is no transaction of ${transactionalId}`)
}

/** A consumer group (KIP-848) whose only member reads both topics, and stays. */
async function joinConsumerGroup(session: Session, groupId: string): Promise<void> {
  const member = { groupId, memberId: `${groupId}-1`, topicPartitions: [], rebalanceTimeoutMs: 600_000 }
  const heartbeat = { ...member, memberEpoch: 0, subscribedTopicNames: [...NAMES] }
  const { errorCode, errorMessage } = await session.aside.send('ConsumerGroupHeartbeat', 1, heartbeat)
  if (errorCode !== 0) throw new Error(`${session.broker.product}: ${groupId} has no member: ${errorMessage}`)
}

/** A streams group (KIP-1071) whose only member reads both topics, and stays. */
async function joinStreamsGroup(session: Session, groupId: string): Promise<void> {
  const tasks = { activeTasks: [], standbyTasks: [], warmupTasks: [] }
  const member = { groupId, memberId: `${groupId}-1`, processId: 'process', rebalanceTimeoutMs: 600_000, ...tasks }
  const heartbeat = { ...member, memberEpoch: 0, endpointInformationEpoch: -1, topology: streamsTopology(NAMES) }
  const { errorCode, errorMessage } = await session.aside.send('StreamsGroupHeartbeat', 0, heartbeat)
  if (errorCode !== 0) throw new Error(`${session.broker.product}: ${groupId} has no member: ${errorMessage}`)
}

/** A topic with its name and its id, of which a version has room for one. */
export const named = (session: Session, name: string) => ({
  name,
  topicId: session.topicIds.get(name) ?? UNKNOWN_ID[name.startsWith('mine') ? 0 : 1],
})

/** Ids that no topic has, which look as if somebody had made them up. */
const UNKNOWN_ID = ['BBBBBBBBBBBBBBBBBBBBBA', 'CCCCCCCCCCCCCCCCCCCCCA'] as const

export const ONE_PARTITION = [0]
