/** The records of the quorum itself that the leader of a quorum of one writes into its log and its snapshots. */
import { type QuorumImage, standalone, type Voter } from '../../metadata/image/quorum-image.ts'
import { type ControlRecord, kraftVersion, kraftVoters, leaderChange } from './metadata-batch.ts'

/** The control records of a snapshot that follow its header: none where the voters are configured. */
export function quorumRecords({ kraftVersion: version, voters }: QuorumImage): ControlRecord[] {
  if (version === 0 || voters === null) return []
  return [kraftVersion(version), kraftVoters(voters)]
}

/** This node was elected by itself, its only voter. */
export function electionRecord(nodeId: number): ControlRecord {
  const voters = [{ voterId: nodeId }]
  return leaderChange({ leaderId: nodeId, voters, grantingVoters: voters })
}

/**
 * The quorum that a new epoch writes behind its election, as Apache's leader does; null: what is written is true.
 * `self` is this node as it is since this start. `isInLog`: the voters were more than a part of the formatted directory.
 */
export function quorumToWrite(quorum: QuorumImage, self: Voter, isInLog: boolean): QuorumImage | null {
  if (quorum.kraftVersion === 0) return null
  const written = quorum.voters?.voters.find(({ voterId }) => voterId === self.voterId)
  if (written === undefined) return standalone(self)
  // Without a listener of the controller nobody reaches it, and an address of before is as good as none.
  const next = { ...self, endpoints: self.endpoints.length > 0 ? self.endpoints : written.endpoints }
  return isInLog && JSON.stringify(next) === JSON.stringify(written) ? null : standalone(next)
}
