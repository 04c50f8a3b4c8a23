import { ZERO_UUID } from '../../../protocol/schema.ts'
import { canonicalUuid } from '../../../protocol/uuid.ts'
import { MalformedFileError } from './malformed-file-error.ts'

/** `partition.metadata` ties a partition directory to its topic's id, so that a namesake created later is told apart. */
export interface PartitionMetadata {
  version: number
  /** Kafka's base64url text. */
  topicId: string
}

const CURRENT_VERSION = 0

export function formatPartitionMetadata(topicId: string): Buffer {
  return Buffer.from(`version: ${CURRENT_VERSION}\ntopic_id: ${topicId}`)
}

export function parsePartitionMetadata(path: string, bytes: Buffer): PartitionMetadata {
  const [versionLine = '', topicLine = ''] = bytes.toString('utf8').split('\n')
  const [, version] = /^version:\s*(-?\d+)\s*$/.exec(versionLine) ?? []
  const topicId = canonicalUuid(/^topic_id:\s*(\S+)\s*$/.exec(topicLine)?.[1] ?? '')
  if (version === undefined || topicId === null) throw new MalformedFileError(path, 'has no version and topic_id line')
  if (Number(version) !== CURRENT_VERSION) {
    throw new MalformedFileError(path, `has version ${version}, this broker reads version ${CURRENT_VERSION}`)
  }
  if (topicId === ZERO_UUID) throw new MalformedFileError(path, 'has a topic id of zeros')
  return { version: Number(version), topicId }
}
