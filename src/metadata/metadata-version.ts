/** The records that a finalized `metadata.version` level allows the controller to write. */

export { LATEST_METADATA_LEVEL, MINIMUM_METADATA_LEVEL } from '../config/release-versions.ts'

export const METADATA_VERSION = 'metadata.version'

/** 3.6-IV0. */
const NO_EPOCH_BUMP_LEVEL = 12
/** KIP-868. */
const METADATA_TRANSACTION_LEVEL = 13
/** KIP-900, 3.5-IV2. */
const SCRAM_LEVEL = 11
/** KIP-900, 3.6-IV2. */
const DELEGATION_TOKEN_LEVEL = 14
const CONTROLLER_REGISTRATION_LEVEL = 15
const DIRECTORY_ASSIGNMENT_LEVEL = 17
/** 4.0-IV1. */
export const ELR_LEVEL = 23
const CORDONED_LOG_DIRS_LEVEL = 30
export const CIDR_ACL_LEVEL = 32
const CONTROLLER_UNREGISTRATION_LEVEL = 33

export const supportsMetadataTransactions = (level: number): boolean => level >= METADATA_TRANSACTION_LEVEL
export const supportsScram = (level: number): boolean => level >= SCRAM_LEVEL
export const supportsDelegationTokens = (level: number): boolean => level >= DELEGATION_TOKEN_LEVEL
export const supportsControllerRegistration = (level: number): boolean => level >= CONTROLLER_REGISTRATION_LEVEL
export const supportsDirectoryAssignment = (level: number): boolean => level >= DIRECTORY_ASSIGNMENT_LEVEL
/** KIP-1276: hosts of ACLs may be ranges of addresses. */
export const supportsCidrAcls = (level: number): boolean => level >= CIDR_ACL_LEVEL
/** KIP-1312. */
export const supportsControllerUnregistration = (level: number): boolean => level >= CONTROLLER_UNREGISTRATION_LEVEL
export const supportsCordonedLogDirs = (level: number): boolean => level >= CORDONED_LOG_DIRS_LEVEL

/** Brokers before 3.6 saw in an in-sync replica that left nothing but a new leader epoch (KAFKA-15021). */
export const bumpsLeaderEpochOnIsrShrink = (level: number): boolean => level < NO_EPOCH_BUMP_LEVEL

/** The version of PartitionRecord and of PartitionChangeRecord alike. */
export function partitionRecordVersion(level: number): number {
  if (level >= ELR_LEVEL) return 2
  return supportsDirectoryAssignment(level) ? 1 : 0
}

const FIRST_MIGRATION_LEVEL = 8

export function registerBrokerRecordVersion(level: number): number {
  if (supportsCordonedLogDirs(level)) return 4
  if (supportsDirectoryAssignment(level)) return 3
  return level >= FIRST_MIGRATION_LEVEL ? 2 : 1
}

/** Levels that brought records or fields of records which an older node cannot read. */
const LEVELS_WITH_NEW_METADATA: readonly number[] = [8, 11, 13, 14, 15, 17, 23, 30, 32, 33]

/** Whether the log may hold what was not known at `lower` and is at `higher`. */
export const changesMetadataBetween = (lower: number, higher: number): boolean =>
  LEVELS_WITH_NEW_METADATA.some((level) => level > lower && level <= higher)
