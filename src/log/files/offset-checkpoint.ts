/**
 * `replication-offset-checkpoint` (high watermarks), `recovery-point-offset-checkpoint`,
 * `log-start-offset-checkpoint` and `cleaner-offset-checkpoint`: one offset for each partition of a log directory.
 */
import { formatCheckpoint, parseCheckpoint, wholeNumber } from './checkpoint-format.ts'
import { partitionDirectoryName } from './file-names.ts'
import { MalformedFileError } from './malformed-file-error.ts'

export interface PartitionOffset {
  topic: string
  partition: number
  offset: number
}

/** By `<topic>-<partition>`, in the order of the file. */
export type OffsetCheckpoint = Map<string, PartitionOffset>

export function parseOffsetCheckpoint(path: string, bytes: Buffer): OffsetCheckpoint {
  const checkpoint: OffsetCheckpoint = new Map()
  for (const line of parseCheckpoint(path, bytes)) {
    const [topic = '', partitionText = '', offsetText = '', ...rest] = line.trim().split(/\s+/)
    const partition = wholeNumber(partitionText)
    const offset = wholeNumber(offsetText)
    if (partition === null || offset === null || rest.length > 0) {
      throw new MalformedFileError(path, `has a line that is not "topic partition offset": ${line}`)
    }
    checkpoint.set(partitionDirectoryName(topic, partition), { topic, partition, offset })
  }
  return checkpoint
}

export function formatOffsetCheckpoint(offsets: Iterable<PartitionOffset>): Buffer {
  const lines: string[] = []
  for (const { topic, partition, offset } of offsets) lines.push(`${topic} ${partition} ${offset}`)
  return formatCheckpoint(lines)
}
