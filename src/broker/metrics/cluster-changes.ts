import type { MetadataChange } from '../../metadata/image/metadata-image.ts'
import type { PartitionRegistration } from '../../metadata/image/topics-image.ts'

/** The leader was elected among replicas that may lack records. */
const RECOVERING = 1

/** Counts what only changes of the metadata show, from when somebody began to follow them. */
export class ClusterChanges {
  uncleanElections = 0
  leaderElections = 0
  /** In-sync replicas of partitions that this broker leads. */
  isrShrinks = 0
  isrExpands = 0
  readonly #nodeId: number

  constructor(nodeId: number) {
    this.#nodeId = nodeId
  }

  readonly follow = ({ changedTopics }: MetadataChange): void => {
    for (const { before, after } of changedTopics) {
      after.partitions.forEach((now, index) => {
        const was = before.partitions[index]
        if (was !== undefined && was !== now) this.#changed(was, now)
      })
    }
  }

  #changed(was: PartitionRegistration, now: PartitionRegistration): void {
    if (now.leaderEpoch !== was.leaderEpoch && now.leader !== was.leader && now.leader !== -1) {
      this.leaderElections++
      if (now.leaderRecoveryState === RECOVERING && was.leaderRecoveryState !== RECOVERING) this.uncleanElections++
    }
    if (now.leader !== this.#nodeId || was.leader !== this.#nodeId) return
    if (now.isr.length < was.isr.length) this.isrShrinks++
    else if (now.isr.length > was.isr.length) this.isrExpands++
  }
}
