/** Subscriptions and assignments in which members of a classic group of consumers speak; the data of other kinds of clients are their own. */
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from '../../../../protocol/messages/consumer-protocol.ts'
import { decodeVersioned } from '../../../../protocol/record-serde.ts'

interface Member {
  readonly memberMetadata: Buffer
  readonly memberAssignment: Buffer
}

export interface AssignedTopic {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** The partitions of a member; none where its data cannot be read. */
export function assignmentOf(protocolType: string, { memberAssignment }: Member): AssignedTopic[] {
  if (protocolType !== 'consumer' || memberAssignment.length === 0) return []
  try {
    return decodeVersioned(ConsumerProtocolAssignment, memberAssignment).message.assignedPartitions
  } catch {
    return []
  }
}

export function subscriptionOf(protocolType: string, { memberMetadata }: Member): string[] {
  if (protocolType !== 'consumer' || memberMetadata.length === 0) return []
  try {
    return decodeVersioned(ConsumerProtocolSubscription, memberMetadata).message.topics
  } catch {
    return []
  }
}

export const assignedTopics = (protocolType: string, member: Member): string[] =>
  assignmentOf(protocolType, member).map(({ topic }) => topic)
