/**
 * In which of its log directories a broker keeps its replicas (KIP-858). Between brokers AssignReplicasToDirs says it; a
 * broker that is its own controller says it here. One with a single directory has nothing to say: the controller knows.
 */
import { metadataLevel } from '../../metadata/features.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import { partitionRecordVersion, supportsDirectoryAssignment } from '../../metadata/metadata-version.ts'
import type { ReplicaPlace } from '../../metadata/replica-place.ts'
import type { CommandResult, CommandState } from './command.ts'
import { UNCHANGED } from './rules/partition-change.ts'

/** Places of this node's replicas. What has been deleted since, or is known already, is passed over. */
export function assignReplicasToDirs(
  { image, nodeId }: CommandState,
  places: readonly ReplicaPlace[],
): CommandResult<undefined> {
  const level = metadataLevel(image)
  const records: MetadataRecord[] = []
  for (const { topic, topicId, partition, directoryId } of supportsDirectoryAssignment(level) ? places : []) {
    const known = image.topics.get(topic)
    const registration = known?.id === topicId ? known.partitions[partition] : undefined
    const slot = registration?.replicas.indexOf(nodeId) ?? -1
    if (registration === undefined || slot === -1 || registration.directories[slot] === directoryId) continue
    const directories = registration.directories.with(slot, directoryId)
    const value = { topicId, partitionId: partition, ...UNCHANGED, directories }
    records.push({ type: 'PartitionChangeRecord', version: partitionRecordVersion(level), value })
  }
  return { records, response: undefined }
}
