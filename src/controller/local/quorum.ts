/** The quorum, as the control records of the log and of its snapshots describe it (KIP-853). */
import { decodeMessage } from '../../../protocol/compile.ts'
import { KRaftVersionRecord } from '../../../protocol/messages/kraft-version-record.ts'
import { VotersRecord } from '../../../protocol/messages/voters-record.ts'
import { type ControlRecord, ControlType, kraftVersion, kraftVoters, leaderChange } from './metadata-batch.ts'

export interface Quorum {
  /** 0: the voters are those of controller.quorum.voters; 1: the log says who they are. */
  readonly kraftVersion: number
  readonly voters: VotersRecord | null
}

export const STATIC_QUORUM: Quorum = { kraftVersion: 0, voters: null }

export function withControlRecord(quorum: Quorum, type: number, value: Buffer): Quorum {
  if (type === ControlType.KRAFT_VERSION) {
    return { ...quorum, kraftVersion: decodeMessage(KRaftVersionRecord, 0, value).kRaftVersion }
  }
  return type === ControlType.KRAFT_VOTERS ? { ...quorum, voters: decodeMessage(VotersRecord, 0, value) } : quorum
}

/** The control records of a snapshot that follow its header: none where the voters are configured. */
export function quorumRecords(quorum: Quorum): ControlRecord[] {
  if (quorum.kraftVersion === 0 || quorum.voters === null) return []
  return [kraftVersion(quorum.kraftVersion), kraftVoters(quorum.voters)]
}

/** A voter that is not this node: the log belongs to a quorum of several, which one node must not continue alone. */
export const strangerAmong = (quorum: Quorum, nodeId: number): number | undefined =>
  quorum.voters?.voters.find(({ voterId }) => voterId !== nodeId)?.voterId

/** This node was elected by itself, its only voter. */
export function electionRecord(nodeId: number): ControlRecord {
  const voters = [{ voterId: nodeId }]
  return leaderChange({ leaderId: nodeId, voters, grantingVoters: voters })
}
