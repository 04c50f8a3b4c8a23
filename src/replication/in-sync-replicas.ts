/**
 * The in-sync replicas of a partition, as its leader sees them (KIP-497).
 *
 * States: committed (what the controller has decided) → proposed (a change is on its way to the controller) → committed.
 * While a proposal is out, whoever is in either set counts as in sync for the high watermark: that is the stricter
 * reading of what the controller may have decided already, and therefore the safe one. Whether enough replicas are in
 * sync is judged by the committed set alone.
 */
import { invariant } from '../env/invariant.ts'

export class InSyncReplicas {
  #committed: readonly number[]
  #proposed: readonly number[] | null = null

  constructor(committed: readonly number[]) {
    this.#committed = committed
  }

  get committed(): readonly number[] {
    return this.#committed
  }

  /** Null when no proposal is on its way. */
  get proposed(): readonly number[] | null {
    return this.#proposed
  }

  /** Whether the replica is in sync by what is committed or by what is proposed. */
  maximalHas(replicaId: number): boolean {
    return this.#committed.includes(replicaId) || this.#proposed?.includes(replicaId) === true
  }

  /** How many replicas are in sync by what is committed or by what is proposed. */
  get maximalSize(): number {
    const added = this.#proposed?.filter((replicaId) => !this.#committed.includes(replicaId)).length ?? 0
    return this.#committed.length + added
  }

  propose(replicas: readonly number[]): void {
    invariant(this.#proposed === null, 'partition', 'one change of the in-sync replicas is under way at a time')
    this.#proposed = replicas
  }

  /** The controller has refused the proposal, and will not do it later. */
  withdraw(): void {
    this.#proposed = null
  }

  /** The controller has decided; a proposal that it did not take over is void. */
  commit(replicas: readonly number[]): void {
    this.#committed = replicas
    this.#proposed = null
  }
}
