/**
 * The file `quorum-state`: the newest epoch of the quorum that this node has seen, and whom it voted for. An epoch
 * must be in this file before anything is written in it, so that no two leaders ever share one.
 */

import { ZERO_UUID } from '../../../protocol/schema.ts'
import { writeFileAtomically } from '../../env/atomic-file.ts'
import type { FileSystem } from '../../env/file-system.ts'

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

/** Throws an `Error` for a person when the file is not what Kafka writes. */
export function decodeQuorumState(text: string): QuorumState {
  const fields = JSON.parse(text) as Record<string, unknown>
  const dataVersion = fields.data_version
  if ((dataVersion !== 0 && dataVersion !== 1) || typeof fields.leaderEpoch !== 'number') {
    throw new Error(`The file ${QUORUM_STATE_FILE} has the version ${dataVersion}; this release reads 0 and 1.`)
  }
  const voters = (fields.currentVoters ?? []) as { voterId: number }[]
  return {
    leaderId: Number(fields.leaderId),
    leaderEpoch: fields.leaderEpoch,
    votedId: Number(fields.votedId),
    votedDirectoryId: typeof fields.votedDirectoryId === 'string' ? fields.votedDirectoryId : ZERO_UUID,
    currentVoters: voters.map(({ voterId }) => voterId),
    dataVersion,
  }
}

/** null when this node has never been part of a quorum. */
export async function readQuorumState(files: FileSystem, path: string): Promise<QuorumState | null> {
  if ((await files.stat(path)) === null) return null
  return decodeQuorumState((await files.readFile(path)).toString('utf8'))
}

export const writeQuorumState = (files: FileSystem, path: string, state: QuorumState): Promise<void> =>
  writeFileAtomically(files, path, Buffer.from(encodeQuorumState(state)))
