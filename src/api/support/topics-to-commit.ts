/** The check of OffsetCommit and TxnOffsetCommit before the coordinator's own: are the topics and partitions there? */
import { ErrorCode } from '../../../protocol/errors.ts'
import { ZERO_UUID } from '../../../protocol/schema.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'

interface RequestedTopic {
  readonly name: string
  readonly topicId: string
  readonly partitions: readonly { readonly partitionIndex: number }[]
}

export interface RefusedTopic {
  readonly name: string
  readonly topicId: string
  readonly partitions: { readonly partitionIndex: number; readonly errorCode: number }[]
}

/** The topics of which something can be committed, each with its name and id, and the answer for the rest. */
export function topicsToCommit<Topic extends RequestedTopic>(
  { topics }: MetadataImage,
  requested: readonly Topic[],
  { byId }: { byId: boolean },
): { known: Topic[]; refused: RefusedTopic[] } {
  const known: Topic[] = []
  const refused: RefusedTopic[] = []
  for (const topic of requested) {
    const found = byId ? topics.getById(topic.topicId) : topics.get(topic.name)
    if (found === undefined) {
      const identity = { name: topic.name, topicId: byId ? topic.topicId : ZERO_UUID }
      const code = byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      refused.push(refusedTopic(identity, topic.partitions, code))
      continue
    }
    const identity = { name: found.name, topicId: found.id }
    const exists = ({ partitionIndex }: { partitionIndex: number }) => found.partitions[partitionIndex] !== undefined
    const there = topic.partitions.filter(exists)
    const missing = topic.partitions.filter((partition) => !exists(partition))
    if (there.length > 0) known.push({ ...topic, ...identity, partitions: there })
    if (missing.length > 0) refused.push(refusedTopic(identity, missing, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))
  }
  return { known, refused }
}

/** The same answer for all these partitions. */
export function refusedTopic(
  { name, topicId }: { readonly name: string; readonly topicId: string },
  partitions: readonly { readonly partitionIndex: number }[],
  errorCode: number,
): RefusedTopic {
  return { name, topicId, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) }
}
