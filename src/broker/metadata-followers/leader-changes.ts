import type { Logger } from '../../env/logger.ts'
import type { MetadataChange } from '../../metadata/image/metadata-image.ts'
import { NO_LEADER, type PartitionRegistration } from '../../metadata/image/topics-image.ts'

/** More changes than these at a time, as when a broker goes, are told in one line. */
const MAX_LINES = 5

/**
 * Tells who leads partitions of which this broker has a replica, when that changes, and which replicas are in sync of those
 * that it leads. What was created or deleted is no change.
 */
export function tellLeaderChanges(logger: Logger, nodeId: number): (change: MetadataChange) => void {
  return ({ changedTopics }) => {
    const lines: string[] = []
    for (const { before, after } of changedTopics) {
      after.partitions.forEach((now, index) => {
        const was = before.partitions[index]
        if (was === undefined || was === now || !now.replicas.includes(nodeId)) return
        const line = lineOf(was, now, nodeId)
        if (line !== null) lines.push(`Partition ${after.name}-${index}: ${line}`)
      })
    }
    for (const line of lines.slice(0, MAX_LINES)) logger.info(line)
    if (lines.length > MAX_LINES) {
      logger.info(`${lines.length - MAX_LINES} more partitions have other leaders or other in-sync replicas`)
    }
  }
}

function lineOf(was: PartitionRegistration, now: PartitionRegistration, nodeId: number): string | null {
  if (now.leader !== was.leader) {
    const who = now.leader === NO_LEADER ? 'nobody leads it' : `broker ${now.leader} leads it`
    const before = was.leader === NO_LEADER ? 'after nobody' : `after broker ${was.leader}`
    return `${who} ${before}, in leader epoch ${now.leaderEpoch}, with the in-sync replicas ${now.isr.join(', ')}`
  }
  if (now.leader !== nodeId || now.isr.length === was.isr.length) return null
  const verb = now.isr.length < was.isr.length ? 'Shrinks' : 'Expands'
  return `${verb} its in-sync replicas from ${was.isr.join(', ')} to ${now.isr.join(', ')}`
}
