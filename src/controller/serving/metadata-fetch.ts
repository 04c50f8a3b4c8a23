/**
 * The metadata log for those who observe it: Fetch and FetchSnapshot as the leader of the quorum answers them (KIP-595,
 * KIP-630). Nothing is given that is not durable: with one voter that is what is committed.
 *
 * A crash may come at any point: what was given is in the log of the next run as well. An observer that is ahead of it has
 * read from a disk that was lost since; it is told where the logs part.
 */
import { ErrorCode } from '../../../protocol/errors.ts'
import type { FetchRequest, FetchResponse } from '../../../protocol/messages/fetch.ts'
import type { FetchSnapshotRequest, FetchSnapshotResponse } from '../../../protocol/messages/fetch-snapshot.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import type { Clock, FileSystem } from '../../env/index.ts'
import { Listeners } from '../../env/listeners.ts'
import { METADATA_TOPIC, METADATA_TOPIC_ID } from '../../log/files/file-names.ts'
import type { MetadataLog } from '../local/metadata-log.ts'
import { type LogPosition, positionOf } from './log-position.ts'
import type { Observers } from './observers.ts'
import { isOfOtherCluster, leaderEpochError, type QuorumLeader } from './quorum-answers.ts'

interface Options {
  readonly clock: Clock
  readonly files: FileSystem
  readonly log: MetadataLog
  readonly leader: () => QuorumLeader
  readonly observers: Observers
}

type FetchAnswer = Encodable<typeof FetchResponse>
type PartitionRequest = FetchRequest['topics'][number]['partitions'][number]

export interface FetchedMetadata {
  readonly response: FetchAnswer
  /** Buffers of the answer, to be released when it has left. */
  readonly lent: readonly Buffer[]
}

const FIRST_VERSION_WITH_TOPIC_IDS = 13
const NONE: readonly Buffer[] = []
/** A snapshot is given in parts; a request that asks for more gets so much. */
const MAX_SNAPSHOT_PART_BYTES = 8 * 1024 * 1024

export class MetadataFetch {
  readonly #options: Options
  readonly #waiting = new Listeners()
  readonly #unsubscribe: () => void
  #isStopped = false

  constructor(options: Options) {
    this.#options = options
    this.#unsubscribe = options.log.onDurable(() => this.#wake())
  }

  stop(): void {
    this.#isStopped = true
    this.#unsubscribe()
    this.#wake()
  }

  /** Waits for records, if there are none yet, for as long as the request says. */
  async fetch(request: FetchRequest, apiVersion: number): Promise<FetchedMetadata> {
    const { clock, leader } = this.#options
    if (isOfOtherCluster(leader().clusterId, request.clusterId)) return failed(ErrorCode.INCONSISTENT_CLUSTER_ID)
    const partition = metadataPartition(request, apiVersion)
    if (partition === null) return failed(ErrorCode.INVALID_REQUEST)
    const { fetchOffset, lastFetchedEpoch, currentLeaderEpoch } = partition
    const isInvalid = fetchOffset < 0n || lastFetchedEpoch < 0 || lastFetchedEpoch > currentLeaderEpoch
    if (request.maxWaitMs < 0 || isInvalid) return this.#answer(ErrorCode.INVALID_REQUEST, null, NONE)
    const deadlineMs = clock.monotonicMs() + request.maxWaitMs
    for (;;) {
      const grown = this.#grows(deadlineMs - clock.monotonicMs())
      const answer = await this.#read(request, partition)
      if (answer !== null || clock.monotonicMs() >= deadlineMs || this.#isStopped) {
        grown.cancel()
        return answer ?? this.#answer(ErrorCode.NONE, null, NONE)
      }
      await grown.promise
    }
  }

  /** null: there is nothing to tell yet. */
  async #read(request: FetchRequest, partition: PartitionRequest): Promise<FetchedMetadata | null> {
    const { clock, log, leader, observers } = this.#options
    const errorCode = leaderEpochError(leader(), partition.currentLeaderEpoch)
    if (errorCode !== ErrorCode.NONE) return this.#answer(errorCode, null, NONE)
    const offset = Number(partition.fetchOffset)
    const position = positionOf(this.#log(), offset, partition.lastFetchedEpoch)
    if (position.kind !== 'valid') return this.#answer(ErrorCode.NONE, position, NONE)
    const { durableEnd } = log
    const replicaId = Math.max(request.replicaId, request.replicaState.replicaId)
    observers.fetched(replicaId, partition.replicaDirectoryId, offset, durableEnd, clock.nowMs())
    // An observer that does not know yet that all of its log is committed has to hear of that.
    if (offset >= durableEnd) {
      return partition.highWatermark < BigInt(durableEnd) ? this.#answer(ErrorCode.NONE, null, NONE) : null
    }
    const { buffers } = await log.read(offset, request.maxBytes)
    return this.#answer(ErrorCode.NONE, null, buffers)
  }

  async fetchSnapshot(request: FetchSnapshotRequest): Promise<Encodable<typeof FetchSnapshotResponse>> {
    const { leader, log } = this.#options
    if (isOfOtherCluster(leader().clusterId, request.clusterId)) {
      return { errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID }
    }
    const [topic, ...others] = request.topics
    const [partition, ...more] = topic?.partitions ?? []
    if (topic === undefined || partition === undefined || others.length + more.length > 0) {
      return { errorCode: ErrorCode.INVALID_REQUEST }
    }
    const { leaderId, leaderEpoch } = leader()
    const answered = (fields: object) => ({
      topics: [
        {
          name: topic.name,
          partitions: [{ index: partition.partition, currentLeader: { leaderId, leaderEpoch }, ...fields }],
        },
      ],
    })
    if (topic.name !== METADATA_TOPIC || partition.partition !== 0) {
      return answered({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })
    }
    const errorCode = leaderEpochError(leader(), partition.currentLeaderEpoch)
    if (errorCode !== ErrorCode.NONE) return answered({ errorCode })
    const { snapshotId, position } = partition
    const { endOffset, epoch } = snapshotId
    const found = log.snapshots.find(({ id }) => BigInt(id.offset) === endOffset && id.epoch === epoch)
    if (found === undefined) return answered({ errorCode: ErrorCode.SNAPSHOT_NOT_FOUND })
    const { sizeBytes, id } = found
    if (position < 0n || position >= BigInt(sizeBytes)) return answered({ errorCode: ErrorCode.POSITION_OUT_OF_RANGE })
    const unalignedRecords = await this.#part(log.pathOf(id), Number(position), Math.max(1, request.maxBytes))
    if (unalignedRecords === null) return answered({ errorCode: ErrorCode.SNAPSHOT_NOT_FOUND })
    return answered({ snapshotId, size: BigInt(sizeBytes), position, unalignedRecords })
  }

  /** null: it was removed meanwhile. */
  async #part(path: string, position: number, maxBytes: number): Promise<Buffer | null> {
    const { files } = this.#options
    if ((await files.stat(path)) === null) return null
    const file = await files.open(path, 'read')
    try {
      const length = Math.min(maxBytes, MAX_SNAPSHOT_PART_BYTES, (await file.sizeBytes()) - position)
      const part = Buffer.alloc(Math.max(0, length))
      return part.subarray(0, await file.read(part, 0, part.length, position))
    } finally {
      await file.close()
    }
  }

  #log() {
    const { log } = this.#options
    return {
      startOffset: log.startOffset,
      endOffset: log.durableEnd,
      latestEpoch: log.latestEpoch,
      snapshots: log.snapshots.map(({ id }) => id),
      endOffsetForEpoch: (epoch: number) => log.endOffsetForEpoch(epoch),
    }
  }

  #answer(errorCode: number, position: LogPosition | null, records: readonly Buffer[]): FetchedMetadata {
    const { log, leader } = this.#options
    const { leaderId, leaderEpoch } = leader()
    const isKnown = errorCode === ErrorCode.NONE
    const partition = {
      partitionIndex: 0,
      errorCode,
      highWatermark: BigInt(isKnown ? log.durableEnd : -1),
      logStartOffset: BigInt(log.startOffset),
      currentLeader: { leaderId, leaderEpoch },
      abortedTransactions: [],
      records,
      ...(position?.kind === 'diverging' && {
        divergingEpoch: { epoch: position.epoch, endOffset: BigInt(position.endOffset) },
      }),
      ...(position?.kind === 'snapshot' && {
        snapshotId: { endOffset: BigInt(position.id.offset), epoch: position.id.epoch },
      }),
    }
    const responses = [{ topic: METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }]
    return { response: { responses }, lent: records }
  }

  /** Resolves when more is durable, when the time is over, or when it is cancelled. */
  #grows(maxMs: number): { promise: Promise<void>; cancel(): void } {
    let end: () => void = () => {}
    const promise = new Promise<void>((resolve) => {
      end = resolve
    })
    const timer = this.#options.clock.schedule(Math.max(0, maxMs), () => cancel())
    const cancel = () => {
      timer.cancel()
      leave()
      end()
    }
    const leave = this.#waiting.add(cancel)
    return { promise, cancel }
  }

  #wake(): void {
    this.#waiting.tell()
  }
}

const failed = (errorCode: number): FetchedMetadata => ({ response: { errorCode, responses: [] }, lent: NONE })

/** null: the request is not for the metadata log alone. */
function metadataPartition({ topics }: FetchRequest, apiVersion: number): PartitionRequest | null {
  const [topic, ...others] = topics
  const [partition, ...more] = topic?.partitions ?? []
  if (topic === undefined || partition === undefined || others.length + more.length > 0) return null
  const isMetadata =
    apiVersion >= FIRST_VERSION_WITH_TOPIC_IDS ? topic.topicId === METADATA_TOPIC_ID : topic.topic === METADATA_TOPIC
  return isMetadata && partition.partition === 0 ? partition : null
}
