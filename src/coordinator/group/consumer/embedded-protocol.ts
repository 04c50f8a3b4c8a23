/** ConsumerProtocol (KIP-429): consumers of the classic protocol carry it in their joins and get it in their syncs. */
import { decodeMessage, encodeMessage } from '../../../../protocol/compile.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from '../../../../protocol/messages/consumer-protocol.ts'
import type { GroupTopics } from '../group-topics.ts'
import type { PartitionEpochs, Partitions, TopicPartitions } from '../partitions.ts'

const VERSION_BYTES = 2
const HIGHEST_VERSION = 3

/** A later version only adds to those before, so that it is read as the last one that is known. Throws when malformed. */
function versionOf(bytes: Buffer): number {
  return Math.min(bytes.readInt16BE(0), HIGHEST_VERSION)
}

export function readSubscription(metadata: Buffer): ConsumerProtocolSubscription {
  return decodeMessage(ConsumerProtocolSubscription, versionOf(metadata), metadata.subarray(VERSION_BYTES))
}

/** The partitions that the member says it owns, as far as the topics exist. */
export function ownedPartitions(
  { ownedPartitions: owned }: ConsumerProtocolSubscription,
  topics: GroupTopics,
): TopicPartitions[] {
  return owned.flatMap(({ topic, partitions }) => {
    const topicId = topics.named(topic)?.id
    return topicId === undefined ? [] : [{ topicId, partitions }]
  })
}

/** The partitions of an assignment, and whether it has something of a custom assignor that would be lost. */
export function readAssignment(
  assignment: Buffer,
  topics: GroupTopics,
): { partitions: Partitions; hasUserData: boolean } {
  if (assignment.length === 0) return { partitions: new Map(), hasUserData: false }
  const body = assignment.subarray(VERSION_BYTES)
  const read = decodeMessage(ConsumerProtocolAssignment, versionOf(assignment), body)
  const known = read.assignedPartitions.flatMap(({ topic, partitions }) => {
    const topicId = topics.named(topic)?.id
    return topicId === undefined ? [] : [[topicId, new Set(partitions)] as const]
  })
  return { partitions: new Map(known), hasUserData: (read.userData?.length ?? 0) > 0 }
}

/** In the version of the member's own subscription. */
export function writeAssignment(
  assigned: Partitions | PartitionEpochs,
  subscription: Buffer,
  topics: GroupTopics,
): Buffer {
  const version = versionOf(subscription)
  const assignedPartitions = [...assigned].flatMap(([topicId, partitions]) => {
    const topic = topics.identified(topicId)?.name
    return topic === undefined ? [] : [{ topic, partitions: [...partitions.keys()] }]
  })
  const prefix = Buffer.alloc(VERSION_BYTES)
  prefix.writeInt16BE(version)
  return Buffer.concat([prefix, encodeMessage(ConsumerProtocolAssignment, version, { assignedPartitions })])
}
