import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import { SnapshotRegistry } from '../../runtime/timeline.ts'
import type { ClassicGroup } from '../classic/classic-group.ts'
import { type ClassicMember, protocolMetadata } from '../classic/classic-member.ts'
import { groupTombstone } from '../classic/classic-records.ts'
import { joinTimer, syncTimer } from '../classic/classic-words.ts'
import type { GroupContext } from '../group-kind.ts'
import { metadataHash } from '../group-topics.ts'
import { sessionTimer } from '../member-timers.ts'
import { type Partitions, withEpoch } from '../partitions.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, newConsumerMember } from './consumer-member.ts'
import { assignmentRecord, type ConsumerGroupRecord, memberRecord } from './consumer-records.ts'
import { readAssignment, readSubscription } from './embedded-protocol.ts'
import { summarize } from './group-summary.ts'

/**
 * A consumer of the new protocol has come to a classic group: it becomes a consumer group, and its members go on in it
 * with the classic protocol (KIP-848, online upgrade). Each of them keeps what it has. The group that is returned is
 * as the records will make it.
 */
export function upgrade(context: GroupContext, classic: ClassicGroup): ConsumerGroup {
  const { state, effects } = context
  const { groupId } = classic
  checkUpgrade(context, classic)
  const records = consumerRecords(context, classic)
  answerWaiting(context, classic)
  effects.append(groupTombstone(groupId), ...records)
  effects.cancelTimer(joinTimer(groupId)).cancelTimer(syncTimer(groupId))
  for (const { memberId, sessionTimeoutMs } of classic.members.values()) {
    effects.setTimer(sessionTimer(groupId, memberId), sessionTimeoutMs, {
      kind: 'consumer',
      type: 'session',
      groupId,
      memberId,
    })
  }
  state.classic.drop(groupId)
  const group = new ConsumerGroup(new SnapshotRegistry(), groupId)
  for (const record of records) group.replay(record)
  return group
}

function checkUpgrade({ config }: GroupContext, group: ClassicGroup): void {
  const refuse = (why: string): never => {
    const message = `Cannot upgrade classic group ${group.groupId} to consumer group because ${why}.`
    throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, message)
  }
  if (!config.consumer.mayUpgrade) refuse('online upgrade is disabled')
  if (!group.isConsumerGroup) refuse('the group does not use the consumer embedded protocol')
  if (group.members.size > config.consumer.maxSize) {
    refuse('the group size exceeds the consumer group maximum size')
  }
}

/** Members that wait for the rebalance that was under way are told of another one, and come back. */
function answerWaiting({ effects }: GroupContext, group: ClassicGroup): void {
  for (const member of group.members.values()) {
    const { memberId } = member
    const join = group.takeJoin(member)
    if (join !== null) effects.reply(join, { memberId, errorCode: ErrorCode.REBALANCE_IN_PROGRESS })
    const sync = group.takeSync(member)
    if (sync !== null) effects.reply(sync, { errorCode: ErrorCode.REBALANCE_IN_PROGRESS })
  }
}

function consumerRecords({ topics }: GroupContext, classic: ClassicGroup): ConsumerGroupRecord[] {
  const { groupId: group, generationId } = classic
  const converted = [...classic.members.values()].map((member) => convert(classic, member, topics))
  const members = converted.map(({ member }) => member)
  const hash = metadataHash(summarize(members, []).topics.keys(), topics)
  return [
    ...members.map((member) => memberRecord(group, member)),
    { kind: 'consumer', type: 'epoch', group, value: { epoch: generationId, metadataHash: hash } },
    ...converted.map(({ member: { memberId }, target }): ConsumerGroupRecord => {
      return { kind: 'consumer', type: 'target', group, memberId, value: target }
    }),
    { kind: 'consumer', type: 'target-epoch', group, value: { assignmentEpoch: generationId, timestampMs: 0 } },
    ...members.map((member) => assignmentRecord(group, member)),
  ]
}

function convert(
  group: ClassicGroup,
  member: ClassicMember,
  topics: GroupContext['topics'],
): { member: ConsumerMember; target: Partitions } {
  const { groupId, generationId } = group
  const { memberId, groupInstanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols } = member
  const malformed = `Cannot upgrade classic group ${groupId} to consumer group because the embedded consumer protocol is malformed.`
  const subscription = orRefuse(() => readSubscription(protocolMetadata(member, group.protocolName ?? '')), malformed)
  const { partitions, hasUserData } = orRefuse(() => readAssignment(member.assignment, topics), malformed)
  if (hasUserData) {
    throw new KafkaError(
      ErrorCode.GROUP_ID_NOT_FOUND,
      `Cannot upgrade classic group ${groupId} to consumer group because an unsupported custom assignor is in use. ` +
        'Please refer to the documentation or switch to a default assignor before re-attempting the upgrade.',
    )
  }
  const converted: ConsumerMember = {
    ...newConsumerMember(memberId),
    memberEpoch: generationId,
    previousMemberEpoch: generationId,
    instanceId: groupInstanceId,
    rackId: subscription.rackId || null,
    rebalanceTimeoutMs,
    clientId,
    clientHost,
    subscribedTopicNames: new Set(subscription.topics),
    assigned: withEpoch(partitions, generationId),
    classic: { sessionTimeoutMs, supportedProtocols: protocols },
  }
  return { member: converted, target: partitions }
}

function orRefuse<T>(read: () => T, message: string): T {
  try {
    return read()
  } catch {
    throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, message)
  }
}
