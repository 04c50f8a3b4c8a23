import { posix } from 'node:path'
import { CLUSTER_METADATA_TOPIC } from '../../../protocol/cluster-metadata-topic.ts'

export const LOG_SUFFIX = '.log'
export const OFFSET_INDEX_SUFFIX = '.index'
export const TIME_INDEX_SUFFIX = '.timeindex'
export const TRANSACTION_INDEX_SUFFIX = '.txnindex'
export const PRODUCER_SNAPSHOT_SUFFIX = '.snapshot'
/** Waits for its deletion. */
export const DELETED_SUFFIX = '.deleted'
/** Being written by the cleaner: worth nothing after a crash. */
export const CLEANED_SUFFIX = '.cleaned'
/** Complete: replaces the segments it was made of, after a crash as well. */
export const SWAP_SUFFIX = '.swap'

export const LEADER_EPOCH_CHECKPOINT = 'leader-epoch-checkpoint'
export const PARTITION_METADATA = 'partition.metadata'
export const METADATA_TOPIC = CLUSTER_METADATA_TOPIC
/** The id of the metadata log's topic, which Kafka reserves. */
export const METADATA_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

const DELETE_DIRECTORY_SUFFIX = '-delete'
const STRAY_DIRECTORY_SUFFIX = '-stray'
const FUTURE_DIRECTORY_SUFFIX = '-future'
/** The length that file systems allow for one name. */
const MAX_NAME_LENGTH = 255

export function segmentFileName(baseOffset: number, suffix: string): string {
  return `${String(baseOffset).padStart(20, '0')}${suffix}`
}

const SEGMENT_FILE = /^(\d{20})(\.log|\.index|\.timeindex|\.txnindex|\.snapshot)(\.deleted|\.cleaned|\.swap)?$/

export interface SegmentFileName {
  baseOffset: number
  kind: string
  /** '', or what the file waits for. */
  state: string
}

/** null for a file that is no part of a segment. */
export function parseSegmentFileName(name: string): SegmentFileName | null {
  const [, baseOffset, kind, state = ''] = SEGMENT_FILE.exec(name) ?? []
  return kind === undefined ? null : { baseOffset: Number(baseOffset), kind, state }
}

export interface PartitionDirectoryName {
  topic: string
  partition: number
  /** The state that a rename has given the directory. */
  state: 'current' | 'deleted' | 'stray' | 'future'
}

const PARTITION_DIRECTORY = /^(.+)-(\d+)$/
const RENAMED_DIRECTORY = /^(.*)-(\d+)\.([0-9a-f]{32})-(delete|stray|future)$/

/** null for a directory that holds no partition. The topic of a renamed one may have been shortened. */
export function parsePartitionDirectoryName(name: string): PartitionDirectoryName | null {
  const [, renamed, renamedPartition, , suffix] = RENAMED_DIRECTORY.exec(name) ?? []
  if (renamed !== undefined) {
    const state = suffix === 'delete' ? 'deleted' : suffix === 'stray' ? 'stray' : 'future'
    return { topic: renamed, partition: Number(renamedPartition), state }
  }
  const [, topic, partition] = PARTITION_DIRECTORY.exec(name) ?? []
  return topic === undefined ? null : { topic, partition: Number(partition), state: 'current' }
}

export function partitionDirectoryName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** The name of a directory that waits for its deletion; a long topic name is cut so that the whole fits. */
export function deletedDirectoryName(topic: string, partition: number, uniqueId: Buffer): string {
  const suffix = `-${partition}.${uniqueId.toString('hex')}${DELETE_DIRECTORY_SUFFIX}`
  return topic.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix
}

/** The copy that a move makes. Its topic has to be found in the name again, so that a long one cannot be moved. */
export function futureDirectoryName(topic: string, partition: number, uniqueId: Buffer): string {
  return `${topic}-${partition}.${uniqueId.toString('hex')}${FUTURE_DIRECTORY_SUFFIX}`
}

export function isTooLongToMove(topic: string, partition: number): boolean {
  return futureDirectoryName(topic, partition, Buffer.alloc(16)).length > MAX_NAME_LENGTH
}

export function strayDirectoryName(topic: string, partition: number, uniqueId: Buffer): string {
  const suffix = `-${partition}.${uniqueId.toString('hex')}${STRAY_DIRECTORY_SUFFIX}`
  return topic.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix
}

/** `posix.join` for two parts of which the second is a plain name: it is asked for by the hundred thousand. */
export const joinPath = (directory: string, name: string): string =>
  directory.endsWith('/') ? directory + name : `${directory}/${name}`
export const dirname = posix.dirname
