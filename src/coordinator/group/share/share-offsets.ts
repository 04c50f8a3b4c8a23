/**
 * Where a share group starts to deliver is the share coordinator's affair; these operations are the group's part of it:
 * which partitions have such a state, and which are about to get another one or to lose it. Each is a first half, whose
 * reply tells what the share coordinator is to be asked for, and a second one for what has become of that.
 */
import { ErrorCode, errorMessage, KafkaError } from '../../../../protocol/errors.ts'
import type { AlterShareGroupOffsetsRequest } from '../../../../protocol/messages/alter-share-group-offsets.ts'
import type { DeleteShareGroupOffsetsRequest } from '../../../../protocol/messages/delete-share-group-offsets.ts'
import type { RequestId } from '../../runtime/effects.ts'
import type { GroupContext } from '../group-kind.ts'
import type { Partitions } from '../partitions.ts'
import { shareGroupFor, shareGroupNamed } from './heartbeat.ts'
import type { ShareGroup } from './share-group.ts'
import { topicsRecord } from './share-records.ts'
import {
  partitionsByTopic,
  type ShareTopics,
  type TopicShares,
  topicNameOf,
  union,
  withInitialized,
  withInitializing,
  withoutInitializing,
  withoutTopics,
} from './share-topics.ts'

/** The share coordinator has begun the states. */
export function sharesInitialized(context: GroupContext, groupId: string, partitions: Partitions, id: RequestId): void {
  const { state, effects, topics } = context
  effects.reply(id, {})
  const group = state.share.find(groupId)
  if (group === undefined || partitions.size === 0) return
  const added = new Map<string, TopicShares>(
    [...partitions].map(([topicId, ofTopic]) => [topicId, { name: topicNameOf(topics, topicId), partitions: ofTopic }]),
  )
  effects.append(topicsRecord(groupId, withInitialized(group.knownTopics, added)))
}

/** The share coordinator has refused to begin the states, or could not be reached: the next heartbeat asks again. */
export function sharesNotInitialized(
  { state, effects }: GroupContext,
  groupId: string,
  partitions: Partitions,
  id: RequestId,
): void {
  effects.reply(id, {})
  const known = state.share.find(groupId)?.topics()
  if (known === undefined || known.initializing.size === 0 || partitions.size === 0) return
  effects.append(topicsRecord(groupId, withoutInitializing(known, partitions)))
}

type AlteredTopic = AlterShareGroupOffsetsRequest['topics'][number]

/** The share coordinator is asked for this; `responses` is the answer if it does all of it. */
export interface OffsetsToAlter {
  readonly groupEpoch: number
  /** Start offsets by topic id and partition. */
  readonly startOffsets: ReadonlyMap<string, ReadonlyMap<number, bigint>>
  readonly responses: readonly {
    topicName: string
    topicId?: string
    partitions: readonly { partitionIndex: number; errorCode: number; errorMessage: string | null }[]
  }[]
}

/** AlterShareGroupOffsets, first half. Throws NON_EMPTY_GROUP for a group that has members. */
export function alterShareOffsets(context: GroupContext, request: AlterShareGroupOffsetsRequest, id: RequestId): void {
  const { effects, topics } = context
  const group = shareGroupFor(context, request.groupId, true)
  requireEmpty(group)
  const startOffsets = new Map<string, Map<number, bigint>>()
  const initializing = new Map<string, TopicShares>()
  const responses = request.topics.map(({ topicName, partitions }) => {
    const topic = topics.named(topicName)
    const count = topic?.partitionCount ?? 0
    const isThere = ({ partitionIndex: at }: AlteredTopic['partitions'][number]) => at >= 0 && at < count
    const answers = partitions.map((partition) => {
      const errorCode = isThere(partition) ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      return { partitionIndex: partition.partitionIndex, errorCode, errorMessage: errorMessage(errorCode) }
    })
    if (topic === undefined) return { topicName, partitions: answers }
    const altered = new Map(partitions.filter(isThere).map((each) => [each.partitionIndex, each.startOffset]))
    if (altered.size > 0) startOffsets.set(topic.id, altered)
    initializing.set(topic.id, { name: topicName, partitions: new Set(altered.keys()) })
    return { topicName, topicId: topic.id, partitions: answers }
  })
  if (initializing.size > 0) {
    effects.append(topicsRecord(group.groupId, withInitializing(group.knownTopics, initializing)))
  }
  const altered: OffsetsToAlter = { groupEpoch: group.groupEpoch, startOffsets, responses }
  effects.reply(id, altered)
}

export interface SharesToDelete {
  readonly partitions: Partitions
  readonly failed: readonly { topicName: string; errorCode: number; errorMessage: string | null }[]
}

/** DeleteShareGroupOffsets, first half. Throws GROUP_ID_NOT_FOUND and NON_EMPTY_GROUP. */
export function deleteShareOffsets(
  context: GroupContext,
  request: DeleteShareGroupOffsetsRequest,
  id: RequestId,
): void {
  const { effects, topics } = context
  const group = shareGroupNamed(context, request.groupId)
  requireEmpty(group)
  const known = group.topics()
  const partitions = new Map<string, ReadonlySet<number>>()
  const failed: { topicName: string; errorCode: number; errorMessage: string | null }[] = []
  for (const { topicName } of known === undefined ? [] : request.topics) {
    const topic = topics.named(topicName)
    const initialized = topic && known?.initialized.get(topic.id)?.partitions
    if (initialized !== undefined) partitions.set(topic?.id ?? '', initialized)
    // A deletion that came to no end is taken up again.
    else if (topic !== undefined && known?.deleting.has(topic.id)) partitions.set(topic.id, allOf(topic.partitionCount))
    else {
      const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      const reason = topic === undefined ? errorMessage(errorCode) : 'There is no offset information to delete.'
      failed.push({ topicName, errorCode, errorMessage: reason })
    }
  }
  if (known !== undefined && partitions.size > 0) {
    const deleting = new Map(known.deleting)
    for (const topicId of partitions.keys()) deleting.set(topicId, topicNameOf(topics, topicId))
    const initialized = new Map([...known.initialized].filter(([topicId]) => !partitions.has(topicId)))
    effects.append(topicsRecord(group.groupId, { ...known, initialized, deleting }))
  }
  const result: SharesToDelete = { partitions, failed }
  effects.reply(id, result)
}

/** DeleteShareGroupOffsets, second half: the states of the topics are gone. */
export function shareOffsetsDeleted(
  { state, effects }: GroupContext,
  groupId: string,
  topicIds: ReadonlySet<string>,
  id: RequestId,
): void {
  effects.reply(id, {})
  const known = state.share.find(groupId)?.topics()
  if (known === undefined) return
  const deleting = new Map([...known.deleting].filter(([topicId]) => !topicIds.has(topicId)))
  effects.append(topicsRecord(groupId, { ...known, deleting }))
}

/**
 * DeleteGroups, first half, for those of the groups that are share groups: what of them has state at the share
 * coordinator. Replies with an entry for each of these; groups of other kinds have none.
 */
export function sharesOfDeletedGroups(context: GroupContext, groupIds: readonly string[], id: RequestId): void {
  const { state, effects, topics } = context
  const found: GroupShares[] = []
  for (const groupId of groupIds) {
    const group = state.share.find(groupId)
    if (group === undefined) continue
    if (!group.isEmpty) {
      found.push({ groupId, errorCode: ErrorCode.NON_EMPTY_GROUP, partitions: new Map() })
      continue
    }
    const known = group.topics()
    if (known === undefined) continue
    const { partitions, deleting } = toDelete(known, topics)
    effects.append(topicsRecord(groupId, { initializing: new Map(), initialized: new Map(), deleting }))
    if (partitions.size > 0) found.push({ groupId, errorCode: ErrorCode.NONE, partitions })
  }
  effects.reply(id, { found })
}

export interface GroupShares {
  readonly groupId: string
  readonly errorCode: number
  readonly partitions: Partitions
}

function toDelete({ initializing, initialized, deleting }: ShareTopics, topics: GroupContext['topics']) {
  let shares = union(initialized, initializing)
  for (const [topicId] of deleting) {
    const topic = topics.identified(topicId)
    if (topic === undefined) continue
    shares = union(shares, new Map([[topicId, { name: topic.name, partitions: allOf(topic.partitionCount) }]]))
  }
  return {
    partitions: partitionsByTopic(shares),
    deleting: new Map([...shares].map(([topicId, { name }]) => [topicId, name])),
  }
}

/** Topics were deleted: the share coordinator hears of it by itself. */
export function forgetTopics({ state, effects }: GroupContext, topicIds: ReadonlySet<string>): void {
  for (const group of state.share.all()) {
    const known = group.topics()
    if (known === undefined) continue
    const all = [...known.initializing.keys(), ...known.initialized.keys(), ...known.deleting.keys()]
    if (!all.some((topicId) => topicIds.has(topicId))) continue
    effects.append(topicsRecord(group.groupId, withoutTopics(known, topicIds)))
  }
}

function requireEmpty({ isEmpty }: ShareGroup): void {
  if (!isEmpty) throw new KafkaError(ErrorCode.NON_EMPTY_GROUP)
}

const allOf = (count: number): Set<number> => new Set(Array.from({ length: count }, (_, partition) => partition))
