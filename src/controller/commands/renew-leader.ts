import { at } from '../../../protocol/collections/elements.ts'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { metadataLevel } from '../../metadata/features.ts'
import { partitionRecordVersion } from '../../metadata/metadata-version.ts'
import type { CommandResult, CommandState } from './command.ts'
import { UNCHANGED } from './rules/partition-change.ts'

/**
 * Elects the leader of a partition that is its leader already, so that it begins the next epoch: what clients meet after an
 * election, at the wish of a test. The response is the new epoch.
 */
export function renewLeader(
  { image }: CommandState,
  { topic: name, partition }: { readonly topic: string; readonly partition: number },
): CommandResult<number> {
  const topic = image.topics.get(name)
  if (topic === undefined || partition >= topic.partitions.length) {
    throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `There is no partition ${name}-${partition}.`)
  }
  const { leader, leaderEpoch } = at(topic.partitions, partition)
  const value = { ...UNCHANGED, topicId: topic.id, partitionId: partition, leader }
  const version = partitionRecordVersion(metadataLevel(image))
  return { records: [{ type: 'PartitionChangeRecord', version, value }], response: leaderEpoch + 1 }
}
