/** Offsets that groups have committed, and for share groups where they begin to read. */
import { ErrorCode } from '../../../protocol/errors.ts'
import {
  AlterShareGroupOffsetsRequest,
  AlterShareGroupOffsetsResponse,
} from '../../../protocol/messages/alter-share-group-offsets.ts'
import {
  DescribeShareGroupOffsetsRequest,
  DescribeShareGroupOffsetsResponse,
} from '../../../protocol/messages/describe-share-group-offsets.ts'
import { OffsetCommitRequest, OffsetCommitResponse } from '../../../protocol/messages/offset-commit.ts'
import { OffsetDeleteRequest, OffsetDeleteResponse } from '../../../protocol/messages/offset-delete.ts'
import { OffsetFetchRequest, OffsetFetchResponse } from '../../../protocol/messages/offset-fetch.ts'
import type { ClusterClient } from '../cluster-client.ts'
import { coordinatorOf } from './groups.ts'
import { ensure } from './item-outcome.ts'
import type { PartitionOffset } from './offsets.ts'
import { byTopic, partitionName, type TopicPartition } from './partitions.ts'

export interface CommittedOffset extends PartitionOffset {
  readonly metadata: string | null
}

/** A member that commits says who it is; an operator who changes a group without members has no name. */
export interface Committer {
  readonly memberId: string
  /** The generation of a classic group, the epoch of a member of a consumer group. */
  readonly epoch: number
}

const NOBODY: Committer = { memberId: '', epoch: -1 }
/** Requests name topics up to these versions, and give their ids from then on. */
const NAMES = { maxVersion: 9 }
/** Several groups in one request (KIP-709). */
const BATCHED_VERSION = 8

/** Everything that the group has committed. */
export async function committedOffsets(client: ClusterClient, groupId: string): Promise<CommittedOffset[]> {
  const answer = await client.request(
    coordinatorOf(groupId),
    OffsetFetchRequest,
    OffsetFetchResponse,
    (version) => (version < BATCHED_VERSION ? { groupId, topics: null } : { groups: [{ groupId, topics: null }] }),
    (each) => each.errorCode || (each.groups[0]?.errorCode ?? ErrorCode.NONE),
    NAMES,
  )
  const group = answer.groups[0] ?? answer
  ensure(group.errorCode, null, `The offsets of ${groupId}`)
  return group.topics.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, committedOffset, metadata, errorCode }) => {
      ensure(errorCode, null, `The offset of ${groupId} in ${topic}-${partition}`)
      return { topic, partition, offset: Number(committedOffset), metadata }
    }),
  )
}

/** Throws `KafkaError`: UNKNOWN_MEMBER_ID where a group has members that would not hear of it. */
export async function commitOffsets(
  client: ClusterClient,
  groupId: string,
  offsets: readonly PartitionOffset[],
  { memberId, epoch }: Committer = NOBODY,
): Promise<void> {
  const topics = byTopic(offsets).map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partition, offset }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedMetadata: '',
    })),
  }))
  const answer = await client.request(
    coordinatorOf(groupId),
    OffsetCommitRequest,
    OffsetCommitResponse,
    { groupId, memberId, generationIdOrMemberEpoch: epoch, topics },
    (each) => each.topics[0]?.partitions[0]?.errorCode ?? ErrorCode.NONE,
    NAMES,
  )
  for (const { name: topic, partitions } of answer.topics) {
    for (const { partitionIndex: partition, errorCode } of partitions) {
      ensure(errorCode, null, `The offset of ${groupId} in ${partitionName({ topic, partition })}`)
    }
  }
}

/** The group forgets what it has committed for these partitions; it must not be subscribed to their topics. */
export async function deleteOffsets(
  client: ClusterClient,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const topics = byTopic(partitions).map(({ name, partitions: each }) => ({
    name,
    partitions: each.map(({ partition }) => ({ partitionIndex: partition })),
  }))
  const answer = await client.request(
    coordinatorOf(groupId),
    OffsetDeleteRequest,
    OffsetDeleteResponse,
    { groupId, topics },
    ({ errorCode }) => errorCode,
  )
  ensure(answer.errorCode, null, `The offsets of ${groupId}`)
  for (const { name: topic, partitions: each } of answer.topics) {
    for (const { partitionIndex, errorCode } of each)
      ensure(errorCode, null, `The offset of ${groupId} in ${topic}-${partitionIndex}`)
  }
}

export interface ShareOffset extends PartitionOffset {
  /** Records that are still to be delivered; null: the broker cannot say. */
  readonly lag: number | null
}

/** Where a share group begins to read, for each partition of which it has a state. */
export async function shareOffsets(client: ClusterClient, groupId: string): Promise<ShareOffset[]> {
  const { groups } = await client.request(
    coordinatorOf(groupId),
    DescribeShareGroupOffsetsRequest,
    DescribeShareGroupOffsetsResponse,
    { groups: [{ groupId, topics: null }] },
    (each) => each.groups[0]?.errorCode ?? ErrorCode.NONE,
  )
  return groups.flatMap((group) => {
    ensure(group.errorCode, group.errorMessage, `The offsets of ${groupId}`)
    return group.topics.flatMap(({ topicName: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition, startOffset, lag }) => ({
        topic,
        partition,
        offset: Number(startOffset),
        lag: lag < 0n ? null : Number(lag),
      })),
    )
  })
}

export async function alterShareOffsets(
  client: ClusterClient,
  groupId: string,
  offsets: readonly PartitionOffset[],
): Promise<void> {
  const topics = byTopic(offsets).map(({ name: topicName, partitions }) => ({
    topicName,
    partitions: partitions.map(({ partition, offset }) => ({ partitionIndex: partition, startOffset: BigInt(offset) })),
  }))
  const answer = await client.request(
    coordinatorOf(groupId),
    AlterShareGroupOffsetsRequest,
    AlterShareGroupOffsetsResponse,
    { groupId, topics },
    ({ errorCode }) => errorCode,
  )
  ensure(answer.errorCode, answer.errorMessage, `The offsets of ${groupId}`)
  for (const { topicName, partitions } of answer.responses) {
    for (const { partitionIndex, errorCode, errorMessage: words } of partitions)
      ensure(errorCode, words, `The offset of ${groupId} in ${topicName}-${partitionIndex}`)
  }
}
