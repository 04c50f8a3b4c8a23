import { writeFileAtomically } from '../../env/atomic-file.ts'
import type { FileLock, FileSystem, Random } from '../../env/index.ts'
import { FileSystemError } from '../../env/index.ts'
import { randomUuid } from '../../env/random-uuid.ts'
import {
  CLEAN_SHUTDOWN_FILE,
  formatCleanShutdownFile,
  parseCleanShutdownFile,
  UNKNOWN_BROKER_EPOCH,
} from '../files/clean-shutdown-file.ts'
import { DataDirectoryError } from '../files/data-directory-error.ts'
import { dirname, joinPath } from '../files/file-names.ts'
import { MalformedFileError } from '../files/malformed-file-error.ts'
import {
  formatMetaProperties,
  META_PROPERTIES,
  META_PROPERTIES_VERSION,
  type MetaProperties,
  NewerMetaPropertiesError,
  parseMetaProperties,
} from '../files/meta-properties.ts'
import {
  formatOffsetCheckpoint,
  type OffsetCheckpoint,
  type PartitionOffset,
  parseOffsetCheckpoint,
} from '../files/offset-checkpoint.ts'

export const LOCK_FILE = '.lock'

export const CheckpointFile = {
  RECOVERY_POINT: 'recovery-point-offset-checkpoint',
  LOG_START_OFFSET: 'log-start-offset-checkpoint',
  HIGH_WATERMARK: 'replication-offset-checkpoint',
  CLEANER_OFFSET: 'cleaner-offset-checkpoint',
} as const
export type CheckpointFile = (typeof CheckpointFile)[keyof typeof CheckpointFile]

/** One entry of `log.dirs`: locked while the broker runs, and offline as a whole once its disk has failed. */
export class LogDirectory {
  readonly path: string
  readonly files: FileSystem
  readonly #lock: FileLock
  /** directory.id, base64url; empty until `claim`. */
  id = ''
  failure: Error | null = null
  /** New partitions are put elsewhere while there is another place (KIP-1066). */
  isCordoned = false
  /** As read or last written, by file name. */
  readonly #written = new Map<CheckpointFile, Buffer>()
  readonly #writing = new Map<CheckpointFile, Promise<void>>()

  private constructor(files: FileSystem, path: string, lock: FileLock) {
    this.files = files
    this.path = path
    this.#lock = lock
  }

  get offline(): boolean {
    return this.failure !== null
  }

  /** Creates the directory if need be and locks it against other brokers, Apache's included. */
  static async lock(files: FileSystem, path: string): Promise<LogDirectory> {
    let lock: FileLock | null
    try {
      await files.makeDirectory(path)
      lock = await files.lock(joinPath(path, LOCK_FILE))
    } catch (error) {
      if (!(error instanceof FileSystemError)) throw error
      const advice = 'make it a directory that this user may write to, or name another one in log.dirs'
      throw new DataDirectoryError(
        'not usable',
        path,
        `The data directory ${path} cannot be used (${error.code}): ${advice}.`,
        error,
      )
    }
    if (lock === null) {
      const advice = 'stop the other one, or name another directory in log.dirs'
      throw new DataDirectoryError('locked', path, `The data directory ${path} is in use by another broker: ${advice}.`)
    }
    return new LogDirectory(files, path, lock)
  }

  unlock(): Promise<void> {
    return this.#lock.release()
  }

  /** null for a directory that no broker has used yet. */
  async readMetaProperties(): Promise<MetaProperties | null> {
    const path = joinPath(this.path, META_PROPERTIES)
    if ((await this.files.stat(path)) === null) return null
    try {
      return parseMetaProperties(path, await this.files.readFile(path))
    } catch (error) {
      if (error instanceof NewerMetaPropertiesError) {
        const message = `The data directory ${this.path} was written by a newer version: ${error.message}. Use that version, or another directory.`
        throw new DataDirectoryError('newer version', this.path, message, error)
      }
      if (error instanceof MalformedFileError) {
        const message = `The data directory ${this.path} cannot be told whose it is: ${error.message}. Restore the file from a copy, or remove it: the directory then gets new ids, and keeps its data.`
        throw new DataDirectoryError('malformed', this.path, message, error)
      }
      throw error
    }
  }

  /** Makes the directory one of this node, writing down what is missing. */
  async claim(found: MetaProperties | null, clusterId: string, nodeId: number, random: Random): Promise<void> {
    this.id = found?.directoryId ?? randomUuid(random)
    if (found !== null && found.directoryId !== null && found.version === META_PROPERTIES_VERSION) return
    const properties = { version: META_PROPERTIES_VERSION, clusterId, nodeId, directoryId: this.id }
    await writeFileAtomically(this.files, joinPath(this.path, META_PROPERTIES), formatMetaProperties(properties))
    // The directory may have been created just now: without its own name it would be lost with all that is in it.
    await this.files.syncDirectory(dirname(this.path)).catch(() => {})
  }

  /** The broker epoch of a clean stop; null after any other. */
  async cleanShutdownEpoch(): Promise<bigint | null> {
    const path = joinPath(this.path, CLEAN_SHUTDOWN_FILE)
    if ((await this.files.stat(path)) === null) return null
    try {
      return parseCleanShutdownFile(path, await this.files.readFile(path))
    } catch (error) {
      if (!(error instanceof MalformedFileError)) throw error
      return UNKNOWN_BROKER_EPOCH
    }
  }

  /** The same, after which the marker is gone. */
  async takeCleanShutdown(): Promise<bigint | null> {
    const brokerEpoch = await this.cleanShutdownEpoch()
    if (brokerEpoch === null) return null
    await this.files.remove(joinPath(this.path, CLEAN_SHUTDOWN_FILE))
    await this.files.syncDirectory(this.path)
    return brokerEpoch
  }

  writeCleanShutdown(brokerEpoch: bigint): Promise<void> {
    return writeFileAtomically(
      this.files,
      joinPath(this.path, CLEAN_SHUTDOWN_FILE),
      formatCleanShutdownFile(brokerEpoch),
    )
  }

  /** A checkpoint that cannot be read says nothing, and `unreadable` hears why: recovery then starts further back. */
  async readCheckpoint(file: CheckpointFile, unreadable: (problem: string) => void): Promise<OffsetCheckpoint> {
    const path = joinPath(this.path, file)
    if ((await this.files.stat(path)) === null) return new Map()
    const bytes = await this.files.readFile(path)
    try {
      const checkpoint = parseOffsetCheckpoint(path, bytes)
      this.#written.set(file, bytes)
      return checkpoint
    } catch (error) {
      if (!(error instanceof MalformedFileError)) throw error
      unreadable(error.message)
      return new Map()
    }
  }

  /** When the file of a checkpoint was written; 0 where there is none. */
  async writtenMs(file: CheckpointFile): Promise<number> {
    return (await this.files.stat(joinPath(this.path, file)))?.modifiedMs ?? 0
  }

  /** Writes the checkpoint unless it says the same already. Calls may overlap; the last one wins. */
  async writeCheckpoint(file: CheckpointFile, offsets: Iterable<PartitionOffset>): Promise<void> {
    const bytes = formatOffsetCheckpoint(offsets)
    while (this.#writing.has(file)) await this.#writing.get(file)
    if (this.failure !== null) throw this.failure
    if (this.#written.get(file)?.equals(bytes)) return
    const writing = writeFileAtomically(this.files, joinPath(this.path, file), bytes).finally(() => {
      this.#writing.delete(file)
    })
    // Each writer that waits for its turn tries for itself.
    this.#writing.set(
      file,
      writing.catch(() => {}),
    )
    await writing
    this.#written.set(file, bytes)
  }
}
