import type { ShareCoordinator } from '../coordinator/share-coordinator.ts'
import type { SharePartitions } from './share-partitions.ts'

/** The parts that only share groups need: they are loaded when somebody first asks for them. */
export interface ShareServices {
  coordinator(): Promise<ShareCoordinator>
  partitions(): Promise<SharePartitions>
}
