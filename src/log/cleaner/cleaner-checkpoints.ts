import { isOutOfSpace } from '../files/disk-error.ts'
import { partitionDirectoryName } from '../files/file-names.ts'
import type { OffsetCheckpoint } from '../files/offset-checkpoint.ts'
import { CheckpointFile, type LogDirectory } from '../manager/log-directory.ts'
import type { PartitionLog } from '../partition-log.ts'

export interface CheckpointOwner {
  directoryOf(log: PartitionLog): LogDirectory | undefined
  getLog(topic: string, partition: number): PartitionLog | undefined
  directoryFailed(directory: LogDirectory, error: Error): void
}

/**
 * `cleaner-offset-checkpoint` of each directory: up to where its logs have been cleaned. An entry that is missing, or
 * too low, costs a cleaning more; one that is too high would leave records uncleaned for ever, so a truncation lowers
 * it and a deletion takes it away.
 */
export class CleanerCheckpoints {
  readonly #owner: CheckpointOwner
  readonly #byDirectory = new Map<LogDirectory, OffsetCheckpoint>()

  constructor(owner: CheckpointOwner) {
    this.#owner = owner
  }

  async load(directories: readonly LogDirectory[]): Promise<void> {
    for (const directory of directories) {
      this.#byDirectory.set(directory, await directory.readCheckpoint(CheckpointFile.CLEANER_OFFSET, () => {}))
    }
  }

  /** Undefined when the log has never been cleaned. */
  offsetOf(log: PartitionLog): number | undefined {
    return this.#of(log)?.get(nameOf(log))?.offset
  }

  async set(log: PartitionLog, offset: number): Promise<void> {
    const { topic, partition } = log
    this.#of(log)?.set(nameOf(log), { topic, partition, offset })
    await this.#write(this.#owner.directoryOf(log))
  }

  /** The log has been cut back to `offset`. */
  async truncate(log: PartitionLog, offset: number): Promise<void> {
    const cleaned = this.offsetOf(log)
    if (cleaned !== undefined && cleaned > offset) await this.set(log, offset)
  }

  /** The log leaves the directory. */
  async remove(log: PartitionLog, directory: LogDirectory): Promise<void> {
    if (this.#byDirectory.get(directory)?.delete(nameOf(log))) await this.#write(directory)
  }

  /** In this order: a crash in between finds the entry in both, or in the new one. */
  async move(log: PartitionLog, from: LogDirectory, to: LogDirectory): Promise<void> {
    const entry = this.#byDirectory.get(from)?.get(nameOf(log))
    if (entry === undefined) return
    this.#byDirectory.get(to)?.set(nameOf(log), entry)
    await this.#write(to)
    await this.remove(log, from)
  }

  #of(log: PartitionLog): OffsetCheckpoint | undefined {
    const directory = this.#owner.directoryOf(log)
    return directory === undefined ? undefined : this.#byDirectory.get(directory)
  }

  /** A full disk keeps the old file, until the next change finds room. */
  async #write(directory: LogDirectory | undefined): Promise<void> {
    if (directory === undefined || directory.offline) return
    const entries = [...(this.#byDirectory.get(directory)?.values() ?? [])]
    const known = entries.filter(({ topic, partition }) => this.#owner.getLog(topic, partition) !== undefined)
    try {
      await directory.writeCheckpoint(CheckpointFile.CLEANER_OFFSET, known)
    } catch (error) {
      if (!isOutOfSpace(error)) this.#owner.directoryFailed(directory, error as Error)
    }
  }
}

const nameOf = ({ topic, partition }: PartitionLog): string => partitionDirectoryName(topic, partition)
