/**
 * The file `quorum-state`: the newest epoch of the quorum that this node has seen, and whom it voted for. An epoch
 * must be in this file before anything is written in it, so that no two leaders ever share one.
 */

import { ZERO_UUID } from '../../../protocol/schema.ts'
import { canonicalUuid } from '../../../protocol/uuid.ts'
import { writeFileAtomically } from '../../env/atomic-file.ts'
import { type FileSystem, FileSystemError } from '../../env/file-system.ts'

export const QUORUM_STATE_FILE = 'quorum-state'

export interface QuorumState {
  /** -1: unknown. */
  readonly leaderId: number
  readonly leaderEpoch: number
  /** -1: nobody. */
  readonly votedId: number
  readonly votedDirectoryId: string
  /** Version 0 alone names the voters. */
  readonly currentVoters: readonly number[]
  /** 0 with kraft.version 0 (voters by configuration), 1 from kraft.version 1 on. */
  readonly dataVersion: number
}

/** Field by field in Apache's order, so that the file is the same byte for byte. */
export function encodeQuorumState(state: QuorumState): string {
  const { leaderId, leaderEpoch, votedId, votedDirectoryId, currentVoters } = state
  const fields =
    state.dataVersion === 0
      ? {
          clusterId: '',
          leaderId,
          leaderEpoch,
          votedId,
          appliedOffset: 0,
          currentVoters: currentVoters.map((voterId) => ({ voterId })),
          data_version: 0,
        }
      : { leaderId, leaderEpoch, votedId, votedDirectoryId, data_version: state.dataVersion }
  return JSON.stringify(fields)
}

/** Throws an `Error` that says what is wrong when the file is not what Kafka writes. */
export function decodeQuorumState(text: string): QuorumState {
  const fields = parseFields(text)
  const dataVersion = fields.data_version
  if (dataVersion !== 0 && dataVersion !== 1) {
    throw new Error(`it has the data_version ${dataVersion}, and this release reads 0 and 1`)
  }
  const { leaderId = -1, leaderEpoch, votedId = -1 } = fields
  if (!isWholeNumber(leaderEpoch) || !isWholeNumber(leaderId) || !isWholeNumber(votedId)) {
    throw new Error('it has a leaderEpoch, leaderId or votedId that is no number')
  }
  const voters = (Array.isArray(fields.currentVoters) ? fields.currentVoters : []) as { voterId: number }[]
  const votedDirectory = typeof fields.votedDirectoryId === 'string' ? canonicalUuid(fields.votedDirectoryId) : null
  return {
    leaderId,
    leaderEpoch,
    votedId,
    votedDirectoryId: votedDirectory ?? ZERO_UUID,
    currentVoters: voters.map(({ voterId }) => voterId),
    dataVersion,
  }
}

const isWholeNumber = (value: unknown): value is number => Number.isSafeInteger(value)

function parseFields(text: string): Record<string, unknown> {
  try {
    const fields: unknown = JSON.parse(text)
    if (typeof fields === 'object' && fields !== null) return fields as Record<string, unknown>
  } catch {
    // Told below, in words that do not depend on the engine.
  }
  throw new Error(text.trim() === '' ? 'it is empty' : 'it is not the JSON that Kafka writes')
}

/**
 * null when this node has never been part of a quorum, and when the file cannot be read, which `unreadable` hears: the only
 * voter of a quorum needs no more than an epoch above those of its log.
 */
export async function readQuorumState(
  files: FileSystem,
  path: string,
  unreadable: (problem: string) => void,
): Promise<QuorumState | null> {
  if ((await files.stat(path)) === null) return null
  try {
    return decodeQuorumState((await files.readFile(path)).toString('utf8'))
  } catch (error) {
    if (error instanceof FileSystemError) throw error
    unreadable(`${path} cannot be read: ${(error as Error).message}`)
    return null
  }
}

export const writeQuorumState = (files: FileSystem, path: string, state: QuorumState): Promise<void> =>
  writeFileAtomically(files, path, Buffer.from(encodeQuorumState(state)))
