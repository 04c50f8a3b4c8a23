/** Partitions that get another leader, or other in-sync replicas, because a broker comes or goes. */
import type { PartitionRegistration } from '../../../metadata/image/topics-image.ts'
import type { MetadataRecord } from '../../../metadata/metadata-record.ts'
import type { CommandState } from '../command.ts'
import { type PartitionTarget, partitionChange } from './partition-change.ts'

/** The broker that is fenced, shuts down, or is unregistered; that is unfenced; or that did not stop cleanly. */
export type ChangedBroker = Pick<PartitionTarget, 'leaving' | 'arriving' | 'unclean'>

/**
 * A record for each partition of those that `affects` picks which changes. Who goes is in sync with nothing any more;
 * other replicas are elected as the topic allows.
 */
export function leaderChanges(
  state: CommandState,
  affects: (partition: PartitionRegistration) => boolean,
  broker: ChangedBroker,
): MetadataRecord[] {
  const { image, config } = state
  const records: MetadataRecord[] = []
  for (const topic of image.topics) {
    const { 'unclean.leader.election.enable': isUncleanAllowed } = config.topicConfig(image.configs.topic(topic.name))
    topic.partitions.forEach((partition, partitionId) => {
      if (!affects(partition)) return
      const record = partitionChange(state, topic, partitionId, {
        election: isUncleanAllowed ? 'unclean' : 'online',
        isr: partition.isr.filter((replica) => replica !== broker.leaving && replica !== broker.unclean),
        ...broker,
      })
      if (record !== null) records.push(record)
    })
  }
  return records
}

export const isInSync =
  (brokerId: number) =>
  ({ isr }: PartitionRegistration): boolean =>
    isr.includes(brokerId)

export const isInSyncOrEligible =
  (brokerId: number) =>
  ({ isr, elr }: PartitionRegistration): boolean =>
    isr.includes(brokerId) || elr.includes(brokerId)
