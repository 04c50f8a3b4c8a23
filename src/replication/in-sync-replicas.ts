/**
 * The in-sync replicas of a partition, as its leader sees them (KIP-497).
 *
 * States: committed (what the controller has decided) → proposed (a change is on its way to the controller) → committed.
 * While a proposal is out, whoever is in either set counts as in sync for the high watermark: that is the stricter
 * reading of what the controller may have decided already, and therefore the safe one. Whether enough replicas are in
 * sync is judged by the committed set alone.
 *
 * A proposal names the partition epoch that it changes. It is over when a later partition epoch is known, which either
 * contains it or has made it void, or when the controller has said that it will never carry it out. A state of the
 * epoch that is known already says nothing about it: the proposal may still be on its way.
 */
import { invariant } from '../env/invariant.ts'

/** A change of the in-sync replicas that the controller is asked for. */
export interface InSyncProposal {
  readonly leaderEpoch: number
  /** The epoch of the partition that the change is made from. */
  readonly partitionEpoch: number
  readonly replicas: readonly number[]
}

export class InSyncReplicas {
  #committed: readonly number[]
  #partitionEpoch: number
  #proposed: InSyncProposal | null = null

  constructor(committed: readonly number[], partitionEpoch: number) {
    this.#committed = committed
    this.#partitionEpoch = partitionEpoch
  }

  get committed(): readonly number[] {
    return this.#committed
  }

  /** The partition's epoch since which the committed replicas are these. */
  get partitionEpoch(): number {
    return this.#partitionEpoch
  }

  /** Null when no proposal is on its way. */
  get proposed(): InSyncProposal | null {
    return this.#proposed
  }

  /** Whether the replica is in sync by what is committed or by what is proposed. */
  maximalHas(replicaId: number): boolean {
    return this.#committed.includes(replicaId) || this.#proposed?.replicas.includes(replicaId) === true
  }

  /** How many replicas are in sync by what is committed or by what is proposed. */
  get maximalSize(): number {
    const added = this.#proposed?.replicas.filter((replicaId) => !this.#committed.includes(replicaId)).length ?? 0
    return this.#committed.length + added
  }

  propose(replicas: readonly number[], leaderEpoch: number): InSyncProposal {
    invariant(this.#proposed === null, 'partition', 'one change of the in-sync replicas is under way at a time')
    const proposal = { leaderEpoch, partitionEpoch: this.#partitionEpoch, replicas }
    this.#proposed = proposal
    return proposal
  }

  /** The controller has refused the proposal, and will not carry it out later. */
  withdraw(proposal: InSyncProposal): void {
    if (this.#proposed === proposal) this.#proposed = null
  }

  /** The controller has decided; a proposal that it did not take over is void. */
  commit(replicas: readonly number[], partitionEpoch: number): void {
    if (partitionEpoch <= this.#partitionEpoch) return
    this.#committed = replicas
    this.#partitionEpoch = partitionEpoch
    this.#proposed = null
  }
}
