/** The quorum of the metadata log, as the control records of the log and of its snapshots describe it (KIP-853). */
import type { VotersRecord } from '../../../protocol/messages/voters-record.ts'
import { ControlRecordType, decodeQuorumRecord } from '../../../protocol/records/control.ts'

export interface QuorumImage {
  /** 0: the voters are those of controller.quorum.voters; 1: the log says who they are. */
  readonly kraftVersion: number
  readonly voters: VotersRecord | null
}

export type Voter = VotersRecord['voters'][number]

export const STATIC_QUORUM: QuorumImage = { kraftVersion: 0, voters: null }

export function withControlRecord(quorum: QuorumImage, type: number, value: Buffer): QuorumImage {
  if (type === ControlRecordType.KRAFT_VERSION) {
    return { ...quorum, kraftVersion: decodeQuorumRecord('KRAFT_VERSION', value).kRaftVersion }
  }
  if (type !== ControlRecordType.KRAFT_VOTERS) return quorum
  return { ...quorum, voters: decodeQuorumRecord('KRAFT_VOTERS', value) }
}

/** A quorum of one, which its log describes. */
export const standalone = (voter: Voter): QuorumImage => ({ kraftVersion: 1, voters: { version: 0, voters: [voter] } })

/** A voter that is not this node: the log belongs to a quorum of several, which one node must not continue alone. */
export const strangerAmong = (quorum: QuorumImage, nodeId: number): number | undefined =>
  quorum.voters?.voters.find(({ voterId }) => voterId !== nodeId)?.voterId
