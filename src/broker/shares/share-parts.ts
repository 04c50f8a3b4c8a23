import { once } from '../once.ts'

/** The code of share groups, each part of which is loaded when it is first needed, once a process. */
export const shareParts = {
  coordinator: once(() => import('../../coordinator/share-coordinator.ts')),
  persister: once(() => import('../../coordinator/share-persister.ts')),
  clusterPersister: once(() => import('../../coordinator/cluster-persister.ts')),
  partitions: once(() => import('../../share/share-partitions.ts')),
  config: once(() => import('../../share/share-config.ts')),
  deadLetterQueue: once(() => import('../../share/dead-letters/dead-letter-queue.ts')),
  originalRecords: once(() => import('../../share/dead-letters/original-records.ts')),
  latestOffsets: once(() => import('./latest-offsets.ts')),
  deadLetterTopics: once(() => import('./dead-letters.ts')),
} as const

/** Loads everything now: in a simulated world the time that real files take would be chance. */
export async function loadShareParts(): Promise<void> {
  await Promise.all(Object.values(shareParts).map((load) => load()))
}
