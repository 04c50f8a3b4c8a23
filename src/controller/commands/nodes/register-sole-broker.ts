/**
 * The registration of a broker that is its own cluster: it takes up the partitions that wait for a leader at once. In a
 * cluster of several brokers each registers as `register-broker.ts` says.
 */

import { isElrEnabled, metadataLevel, SUPPORTED_FEATURES } from '../../../metadata/features.ts'
import { isActive } from '../../../metadata/image/cluster-image.ts'
import type { MetadataImage } from '../../../metadata/image/metadata-image.ts'
import { LeaderRecoveryState, NO_LEADER, type PartitionRegistration } from '../../../metadata/image/topics-image.ts'
import type { MetadataRecord } from '../../../metadata/metadata-record.ts'
import {
  partitionRecordVersion,
  registerBrokerRecordVersion,
  supportsCordonedLogDirs,
  supportsDirectoryAssignment,
} from '../../../metadata/metadata-version.ts'
import type { BrokerToRegister } from '../../broker-life.ts'
import type { CommandResult, CommandState } from '../command.ts'
import { UNCHANGED } from '../rules/partition-change.ts'

/**
 * Registers the broker of this process and gives it its partitions, in one batch: there is nobody else who could see
 * a state between. The answer is the broker's epoch, which is the offset of its registration.
 */
export function registerSoleBroker(
  state: CommandState,
  broker: Omit<BrokerToRegister, 'previousBrokerEpoch'>,
): CommandResult<bigint> {
  const { image, nodeId, nextOffset } = state
  const level = metadataLevel(image)
  const version = registerBrokerRecordVersion(level)
  const brokerEpoch = BigInt(nextOffset)
  const registration: MetadataRecord = {
    type: 'RegisterBrokerRecord',
    version,
    value: {
      brokerId: nodeId,
      isMigratingZkBroker: false,
      incarnationId: broker.incarnationId,
      brokerEpoch,
      endPoints: [...broker.endPoints],
      features: SUPPORTED_FEATURES.map((range) => ({ ...range })),
      rack: broker.rack,
      fenced: false,
      inControlledShutdown: false,
      logDirs: supportsDirectoryAssignment(level) ? [...broker.logDirs] : [],
      cordonedLogDirs: supportsCordonedLogDirs(level) ? [...broker.cordonedLogDirs] : null,
    },
  }
  const records = [registration, ...leaderRecords(state, broker.uncleanShutdown)]
  return { records, response: brokerEpoch }
}

/** Partitions that this broker is to lead: those without a leader and, after a crash, those it led. */
function leaderRecords(state: CommandState, uncleanShutdown: boolean): MetadataRecord[] {
  const { image, nodeId } = state
  const version = partitionRecordVersion(metadataLevel(image))
  const records: MetadataRecord[] = []
  for (const topic of image.topics) {
    topic.partitions.forEach((partition, partitionId) => {
      const change = leaderChange(state, topic.name, partition, uncleanShutdown)
      if (change === null) return
      const value = { ...UNCHANGED, topicId: topic.id, partitionId, leader: nodeId, ...change }
      records.push({ type: 'PartitionChangeRecord', version, value })
    })
  }
  return records
}

interface LeaderChange {
  isr?: number[]
  eligibleLeaderReplicas?: number[]
  lastKnownElr?: number[]
  leaderRecoveryState?: number
}

/** The changes beside the leader with which this broker may lead the partition; null: it should not, or does. */
function leaderChange(
  { image, nodeId, config }: CommandState,
  topic: string,
  partition: PartitionRegistration,
  uncleanShutdown: boolean,
): LeaderChange | null {
  if (!partition.replicas.includes(nodeId)) return null
  // Offsets that were given out and lost must not be given out again in the same epoch, or nobody could tell (KIP-320).
  if (partition.leader === nodeId) return uncleanShutdown ? {} : null
  if (partition.leader !== NO_LEADER && isActive(image.cluster.brokers.get(String(partition.leader)))) return null
  const forgotten = isElrEnabled(image) ? forgetElr(partition) : {}
  if (partition.isr.includes(nodeId)) return forgotten
  if (partition.isr.length > 0) return electUnclean(image, config, topic, nodeId, forgotten)
  // By the log, this is the only replica that has everything (KIP-966).
  if (partition.elr.includes(nodeId)) return { ...forgotten, isr: [nodeId] }
  const isLastKnownLeader =
    partition.elr.length === 0 && partition.lastKnownElr.length === 1 && partition.lastKnownElr[0] === nodeId
  if (isLastKnownLeader) {
    return { ...forgotten, isr: [nodeId], leaderRecoveryState: LeaderRecoveryState.RECOVERING }
  }
  return electUnclean(image, config, topic, nodeId, forgotten)
}

function electUnclean(
  image: MetadataImage,
  config: CommandState['config'],
  topic: string,
  nodeId: number,
  forgotten: LeaderChange,
): LeaderChange | null {
  const { 'unclean.leader.election.enable': allowed } = config.topicConfig(image.configs.topic(topic))
  return allowed ? { ...forgotten, isr: [nodeId], leaderRecoveryState: LeaderRecoveryState.RECOVERING } : null
}

function forgetElr({ elr, lastKnownElr }: PartitionRegistration): LeaderChange {
  return {
    ...(elr.length > 0 && { eligibleLeaderReplicas: [] }),
    ...(lastKnownElr.length > 0 && { lastKnownElr: [] }),
  }
}
