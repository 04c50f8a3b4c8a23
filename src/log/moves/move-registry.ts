/**
 * The moves of replicas between the directories of this broker (KIP-113): begun by a request, ended in the background.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { FileSystemError } from '../../env/index.ts'
import type { LogCleaner } from '../cleaner/log-cleaner.ts'
import { isOutOfSpace } from '../files/disk-error.ts'
import { isTooLongToMove, partitionDirectoryName } from '../files/file-names.ts'
import type { LogContext } from '../log-context.ts'
import type { LogDirectory } from '../manager/log-directory.ts'
import type { PartitionLog } from '../partition-log.ts'
import { Throttler } from '../throttler.ts'
import { MoveCancelledError, ReplicaMove } from './replica-move.ts'

/** A move that the last life of the broker did not end. */
export interface InterruptedMove {
  readonly topic: string
  readonly partition: number
  readonly target: LogDirectory
  /** The directory of its copy. */
  readonly path: string
}

/** The manager, as far as moves need it. */
export interface MoveOwner {
  readonly context: LogContext
  readonly cleaner: LogCleaner | null
  readonly allDirectories: readonly LogDirectory[]
  getLog(topic: string, partition: number): PartitionLog | undefined
  directoryOf(log: PartitionLog): LogDirectory | undefined
  directoryFailed(directory: LogDirectory, error: Error): void
  /** Has the checkpoints of the target name the log, which is still elsewhere. */
  announceMove(log: PartitionLog, target: LogDirectory): Promise<void>
  /** The log's files are at `path` in the target. */
  moved(log: PartitionLog, target: LogDirectory, path: string): void
  /** Nothing is left of the log in `source` but the directory at `path`, which waits for its deletion. */
  leftBehind(log: PartitionLog, source: LogDirectory, path: string): Promise<void>
  /** However it did. */
  moveEnded(log: PartitionLog): void
}

interface Running {
  readonly move: ReplicaMove
  readonly ended: Promise<void>
}

export class MoveRegistry {
  readonly #owner: MoveOwner
  readonly #throttler: Throttler
  readonly #running = new Map<PartitionLog, Running>()
  /** Where logs are to be made that are not there yet, by partition. */
  readonly #preferred = new Map<string, LogDirectory>()
  #stopped = false
  /** Called when a replica has come to be in another directory. */
  onMoved: (log: PartitionLog, target: LogDirectory) => void = () => {}

  constructor(owner: MoveOwner, bytesPerSecond: number) {
    this.#owner = owner
    this.#throttler = new Throttler(owner.context.clock, bytesPerSecond)
  }

  set bytesPerSecond(bytesPerSecond: number) {
    this.#throttler.bytesPerSecond = bytesPerSecond
  }

  moveOf(log: PartitionLog): ReplicaMove | undefined {
    return this.#running.get(log)?.move
  }

  moves(): ReplicaMove[] {
    return [...this.#running.values()].map(({ move }) => move)
  }

  /** The wishes of requests for partitions whose logs are not made yet. */
  takePreferred(topic: string, partition: number): LogDirectory | undefined {
    const name = partitionDirectoryName(topic, partition)
    const preferred = this.#preferred.get(name)
    this.#preferred.delete(name)
    return preferred?.offline ? undefined : preferred
  }

  /**
   * AlterReplicaLogDirs for one partition: resolves once its move has begun, or nothing is to be done. Rejects with
   * INVALID_TOPIC_EXCEPTION, LOG_DIR_NOT_FOUND, KAFKA_STORAGE_ERROR, INVALID_REPLICA_ASSIGNMENT; with
   * REPLICA_NOT_AVAILABLE where there is no log, which will be made in the directory when it comes.
   */
  async alter(topic: string, partition: number, path: string): Promise<void> {
    if (isTooLongToMove(topic, partition)) {
      throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, 'The topic name is too long.')
    }
    const target = this.#onlineDirectory(path)
    if (target.isCordoned) {
      throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `Log directory ${path} is cordoned.`)
    }
    const log = this.#owner.getLog(topic, partition)
    if (log?.offline) throw log.state.storageError()
    const running = log && this.#running.get(log)
    if (running !== undefined && running.move.target !== target) await this.cancel(running.move.log)
    if (log === undefined) {
      this.#preferred.set(partitionDirectoryName(topic, partition), target)
      throw new KafkaError(ErrorCode.REPLICA_NOT_AVAILABLE, `There is no replica of ${topic}-${partition} here.`)
    }
    if (this.#owner.directoryOf(log) === target || this.#running.has(log)) return
    if (this.#owner.allDirectories.some(({ offline }) => offline)) {
      // The partition may have another copy in one that cannot be looked into.
      throw new KafkaError(
        ErrorCode.KAFKA_STORAGE_ERROR,
        `${topic}-${partition} cannot be moved while a log directory is offline.`,
      )
    }
    await this.#start(log, target)
  }

  #onlineDirectory(path: string): LogDirectory {
    const directory = this.#owner.allDirectories.find((one) => one.path === path)
    if (directory === undefined) {
      throw new KafkaError(ErrorCode.LOG_DIR_NOT_FOUND, `Log dir ${path} is not found in the config.`)
    }
    if (directory.offline) throw new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, `Log directory ${path} is offline`)
    return directory
  }

  /** Once all logs are there: copies that a crash has left unfinished are made anew. */
  async resume(interrupted: readonly InterruptedMove[]): Promise<void> {
    for (const { topic, partition, target, path } of interrupted) {
      const log = this.#owner.getLog(topic, partition)
      if (log === undefined) {
        this.#owner.context.logger.warn(`${path} is the copy of a replica that is not here; it is left alone.`)
        continue
      }
      await this.#owner.context.files.removeTree(path)
      if (this.#owner.directoryOf(log) !== target && !this.#running.has(log)) await this.#start(log, target)
    }
  }

  /** Ends a move and removes its copy. */
  async cancel(log: PartitionLog): Promise<void> {
    const running = this.#running.get(log)
    running?.move.cancel()
    await running?.ended
  }

  /** Moves that are under way go on with the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    const running = [...this.#running.values()]
    for (const { move } of running) move.cancel()
    await Promise.all(running.map(({ ended }) => ended))
  }

  async #start(log: PartitionLog, target: LogDirectory): Promise<void> {
    const owner = this.#owner
    const source = owner.directoryOf(log)!
    const move = new ReplicaMove({
      context: owner.context,
      log,
      source,
      target,
      throttler: this.#throttler,
      announce: () => owner.announceMove(log, target),
      arrived: (path) => owner.moved(log, target, path),
    })
    const started = move.begin()
    const ended = started.then(() => this.#run(move, source)).catch((error) => this.#failed(move, source, error))
    const forget = () => {
      owner.moveEnded(log)
      this.#running.delete(log)
    }
    this.#running.set(log, { move, ended: ended.finally(forget) })
    await started.catch((error) => {
      throw log.state.storageError(error)
    })
  }

  async #run(move: ReplicaMove, source: LogDirectory): Promise<void> {
    const { log, target } = move
    const { cleaner, context } = this.#owner
    const old = await (cleaner === null ? move.run() : cleaner.withoutCleaning(log, () => move.run()))
    await cleaner?.moved(log, source, target)
    context.logger.info(`${log.state.name} has moved from ${source.path} to ${target.path}.`)
    this.onMoved(log, target)
    await this.#owner.leftBehind(log, source, old)
  }

  async #failed(move: ReplicaMove, source: LogDirectory, error: unknown): Promise<void> {
    const { logger } = this.#owner.context
    const { log, target } = move
    if (error instanceof FileSystemError && !isOutOfSpace(error)) {
      const failed = error.path.startsWith(`${target.path}/`) ? target : source
      return this.#owner.directoryFailed(failed, error)
    }
    if (this.#stopped || target.offline) return
    if (!(error instanceof MoveCancelledError)) {
      logger.warn({ err: error }, `${log.state.name} could not be moved to ${target.path}; it stays where it is.`)
    }
    await move.discard().catch((cause) => this.#owner.directoryFailed(target, cause))
  }
}
