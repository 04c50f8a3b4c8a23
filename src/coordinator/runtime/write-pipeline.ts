import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { Clock, Timer } from '../../env/index.ts'
import { InvariantError, invariant, violation } from '../../env/invariant.ts'
import { BATCH_OVERHEAD_BYTES, encodeBatch, encodeMarker, recordBytes, type TimedRecord } from './batch-records.ts'
import type { AppendDone, CoordinatorLog, TransactionalAppend } from './coordinator-log.ts'
import type { Deadline, Deadlines } from './deadlines.ts'
import type { TransactionalProducer } from './effects.ts'
import type { EncodedRecord, TransactionMarker } from './shard.ts'
import { LATEST, type SnapshotRegistry } from './timeline.ts'

export interface PipelineOptions {
  readonly log: CoordinatorLog
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** How long records are collected into one batch: -1 this turn of the loop, 0 not at all. */
  readonly appendLingerMs: number
  /** Writes that are not committed after this time end with REQUEST_TIMED_OUT; their records may still be committed. */
  readonly writeTimeoutMs: number
  /** Kafka's number of the codec of new batches; 0 is none. */
  readonly compressionTypeId: number
  /** The first sequence in batches without a producer, where it means nothing; absent: none. */
  readonly baseSequence?: number
}

interface PendingBatch<Write> {
  readonly baseOffset: number
  /** By the monotonic clock. */
  readonly openedMs: number
  /** The producer whose transaction this is a part of: such a batch holds one write alone. */
  readonly producer: TransactionalProducer | null
  /** A control batch holds this marker and no records. */
  readonly marker: TransactionMarker | null
  readonly records: TimedRecord[]
  sizeBytes: number
  /** The writes that wait for this batch: its records are theirs, or they have seen state that depends on it. */
  writes: Write[]
}

/**
 * The way of a shard's records into its log: collected into batches, appended, committed.
 *
 * One append is under way at a time; what is asked for meanwhile runs on the state as it will be and goes into the next
 * batch. So a failed append takes back its own batch and those built upon it, none of which is in the log, and never
 * one that is. Under load this is group commit: batches grow as appends take longer.
 *
 * Records of a transaction, and the marker that ends one, are a batch of their own. The log may refuse such a batch for
 * reasons that concern its producer alone (it was fenced); what was built upon it then has to be asked for again.
 *
 * `Write` is whatever waits; `settle` is called once for each of them, with null when it is committed.
 *
 * Invariants, checked as they are used (`violated` is told of a broken one, and the state is good for nothing then):
 * - Batches follow each other without a gap: uncommitted, then collected, then the next offset.
 * - The log gives a batch the offsets that its records were replayed at: nobody else writes to this partition.
 * - Nothing beyond the next offset is committed.
 * - A batch that is taken back has been collected, and is not in the log.
 */
export class WritePipeline<Write> {
  readonly #topic: string
  readonly #partition: number
  readonly #registry: SnapshotRegistry
  readonly #options: PipelineOptions
  readonly #settle: (write: Write, error: KafkaError | null) => void
  readonly #violated: (violation: InvariantError) => void
  readonly #leaderEpoch: () => number
  readonly #unsubscribe: () => void
  /** Oldest first. The first is under way when `#appending`; the last takes more records unless it is that one. */
  #collected: PendingBatch<Write>[] = []
  #appending = false
  /** In the log and not yet below the high watermark, oldest first. */
  #uncommitted: PendingBatch<Write>[] = []
  #nextOffset: number
  #highWatermark: number
  #linger: Timer | 'turn' | null = null
  #timeout: Deadline | null = null
  #stopped = false

  constructor(
    place: { topic: string; partition: number; nextOffset: number; leaderEpoch: () => number },
    registry: SnapshotRegistry,
    options: PipelineOptions,
    hooks: {
      settle: (write: Write, error: KafkaError | null) => void
      /** The state is no longer the log's: this pipeline is to be stopped, and the state to be built anew. */
      violated: (violation: InvariantError) => void
    },
  ) {
    this.#topic = place.topic
    this.#partition = place.partition
    this.#nextOffset = place.nextOffset
    this.#leaderEpoch = place.leaderEpoch
    this.#registry = registry
    this.#options = options
    this.#settle = hooks.settle
    this.#violated = hooks.violated
    this.#highWatermark = options.log.highWatermark(place.topic, place.partition)
    this.#unsubscribe = options.log.onHighWatermark(place.topic, place.partition, (offset) => {
      this.#guarded(() => this.#commitUpTo(offset))
    })
  }

  /** Runs what the log and the clock call; nobody above them could end this pipeline. */
  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error
      this.#violated(error)
    }
  }

  /** The snapshot to read when only what is committed may be seen. */
  get committedEpoch(): number {
    return (this.#uncommitted[0] ?? this.#collected[0])?.baseOffset ?? LATEST
  }

  /**
   * Adds records to the batch that is being collected, calling `replay` for each as it gets its offset. `atomic` keeps
   * them in one batch, as does a producer. Throws MESSAGE_TOO_LARGE, with nothing added, when a batch cannot hold them;
   * when `replay` throws, its batch is taken back whole and the error is thrown on.
   */
  add<R>(
    records: readonly R[],
    { atomic, producer }: { atomic: boolean; producer: TransactionalProducer | null },
    write: Write,
    { encode, replay }: { encode: (record: R) => EncodedRecord; replay: (record: R, offset: number) => void },
  ): void {
    const limitBytes = this.#options.log.maxBatchBytes(this.#topic, this.#partition)
    const sized = records.map((record) => {
      const encoded = encode(record)
      return { record, encoded, sizeBytes: recordBytes(encoded) }
    })
    const isOneBatch = atomic || producer !== null
    const neededBytes = sized.reduce(
      (bytes, { sizeBytes }) => (isOneBatch ? bytes + sizeBytes : Math.max(bytes, sizeBytes)),
      0,
    )
    if (BATCH_OVERHEAD_BYTES + neededBytes > limitBytes) {
      const message = `A batch of ${BATCH_OVERHEAD_BYTES + neededBytes} bytes is larger than ${this.#topic} allows (${limitBytes})`
      throw new KafkaError(ErrorCode.MESSAGE_TOO_LARGE, message)
    }
    const timestamp = this.#options.clock.nowMs()
    let batch = producer === null ? null : this.#open({ producer })
    for (const { record, encoded, sizeBytes } of sized) {
      batch ??= this.#batchFor(isOneBatch ? neededBytes : sizeBytes, limitBytes)
      if (batch.sizeBytes + sizeBytes > limitBytes) batch = this.#batchFor(sizeBytes, limitBytes)
      this.#replay(batch, () => replay(record, this.#nextOffset))
      batch.records.push({ ...encoded, timestamp })
      batch.sizeBytes += sizeBytes
    }
    if (batch !== null) this.#added(batch, write)
  }

  /** Ends a transaction: the marker takes one offset. */
  addMarker(marker: TransactionMarker, write: Write, replay: () => void): void {
    const batch = this.#open({ marker })
    this.#replay(batch, replay)
    this.#added(batch, write)
  }

  #replay(batch: PendingBatch<Write>, replay: () => void): void {
    try {
      replay()
    } catch (error) {
      this.#takeBackFrom(batch, new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR))
      throw error
    }
    this.#nextOffset++
  }

  #added(batch: PendingBatch<Write>, write: Write): void {
    batch.writes.push(write)
    this.#armTimeout()
    this.#scheduleFlush()
  }

  /** Lets a write without records wait for everything before it; settles it at once when there is nothing. */
  wait(write: Write): void {
    const newest = this.#collected.at(-1) ?? this.#uncommitted.at(-1)
    if (newest === undefined) return this.#settle(write, null)
    newest.writes.push(write)
    this.#armTimeout()
  }

  /** Forgets everything; nobody is told. */
  stop(): void {
    this.#stopped = true
    this.#unsubscribe()
    this.#timeout?.cancel()
    if (this.#linger !== null && this.#linger !== 'turn') this.#linger.cancel()
    this.#collected = []
    this.#uncommitted = []
  }

  /** The batch that takes `neededBytes` more: the open one, or a new one behind it. */
  #batchFor(neededBytes: number, limitBytes: number): PendingBatch<Write> {
    const newest = this.#collected.at(-1)
    const open = this.#appending && this.#collected.length === 1 ? undefined : newest
    const takesMore = open !== undefined && open.producer === null && open.marker === null
    return takesMore && open.sizeBytes + neededBytes <= limitBytes ? open : this.#open({})
  }

  #open(form: { producer?: TransactionalProducer; marker?: TransactionMarker }): PendingBatch<Write> {
    const newest = this.#collected.at(-1) ?? this.#uncommitted.at(-1)
    const follows = newest === undefined || this.#endOffset(newest) === this.#nextOffset
    invariant(follows, 'pipeline', 'batches follow each other without a gap')
    const batch: PendingBatch<Write> = {
      baseOffset: this.#nextOffset,
      openedMs: this.#options.clock.monotonicMs(),
      producer: form.producer ?? null,
      marker: form.marker ?? null,
      records: [],
      sizeBytes: BATCH_OVERHEAD_BYTES,
      writes: [],
    }
    this.#registry.snapshot(batch.baseOffset)
    this.#collected.push(batch)
    return batch
  }

  #scheduleFlush(): void {
    if (this.#appending || (this.#linger !== null && this.#collected.length === 1)) return
    const { clock, appendLingerMs } = this.#options
    const lingerMs = this.#collected.length > 1 ? 0 : appendLingerMs
    if (lingerMs === 0) return this.#flush()
    const flush = () => {
      this.#linger = null
      this.#guarded(() => this.#flush())
    }
    if (lingerMs > 0) {
      this.#linger = clock.schedule(lingerMs, flush)
    } else {
      this.#linger = 'turn'
      clock.defer(flush)
    }
  }

  #flush(): void {
    const batch = this.#collected[0]
    if (this.#stopped || this.#appending || batch === undefined) return
    this.#appending = true
    const bytes = this.#encode(batch)
    const done: AppendDone = (error, result) => {
      if (!this.#stopped) this.#guarded(() => this.#appended(batch, error, result))
    }
    this.#options.log.append(
      this.#topic,
      this.#partition,
      bytes,
      this.#leaderEpoch(),
      done,
      transactionalAppend(batch.producer, batch.marker),
    )
  }

  #appended(batch: PendingBatch<Write>, error: KafkaError | null, result: Parameters<AppendDone>[1]): void {
    this.#appending = false
    if (error !== null) return this.#takeBackFrom(batch, error)
    const lastOffset = this.#endOffset(batch) - 1
    const isInPlace = result?.baseOffset === batch.baseOffset && result.lastOffset === lastOffset
    if (!isInPlace) {
      const claim = `${this.#name} writes at offset ${batch.baseOffset} what was replayed there, and not at ${result?.baseOffset}`
      throw violation('pipeline', claim)
    }
    invariant(this.#collected[0] === batch, 'pipeline', 'the oldest batch is the one under way')
    this.#collected.shift()
    this.#uncommitted.push(batch)
    this.#commitUpTo(this.#highWatermark)
    this.#flush()
  }

  #encode({ records, producer, marker }: PendingBatch<Write>): Buffer {
    if (marker !== null) return encodeMarker(marker, this.#options.clock.nowMs())
    const { compressionTypeId, baseSequence } = this.#options
    return encodeBatch(records, compressionTypeId, producer, baseSequence)
  }

  /** Undoes a batch that is not in the log, and all that was built upon it. */
  #takeBackFrom(batch: PendingBatch<Write>, error: KafkaError): void {
    const at = this.#collected.indexOf(batch)
    invariant(at !== -1, 'pipeline', 'a batch that is taken back has been collected, and is not in the log')
    const failed = this.#collected.splice(at)
    this.#registry.revertTo(batch.baseOffset)
    this.#nextOffset = batch.baseOffset
    this.#forgetCommitted()
    const isOfProducer = batch.producer !== null || batch.marker !== null
    // Clients repeat a request to a coordinator that is loading, which is what those who did nothing wrong should do.
    const follow = isOfProducer ? new KafkaError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) : error
    for (const { writes } of failed) {
      for (const write of writes) this.#settle(write, writes === batch.writes ? error : follow)
    }
  }

  #commitUpTo(highWatermark: number): void {
    if (this.#stopped) return
    invariant(highWatermark <= this.#nextOffset, 'pipeline', 'nothing beyond the next offset is committed')
    this.#highWatermark = Math.max(this.#highWatermark, highWatermark)
    const waiting = this.#uncommitted.findIndex((batch) => this.#endOffset(batch) > this.#highWatermark)
    const committed = this.#uncommitted.splice(0, waiting === -1 ? this.#uncommitted.length : waiting)
    if (committed.length === 0) return
    this.#forgetCommitted()
    for (const { writes } of committed) for (const write of writes) this.#settle(write, null)
  }

  get #name(): string {
    return `${this.#topic}-${this.#partition}`
  }

  #endOffset(batch: PendingBatch<Write>): number {
    return batch.baseOffset + (batch.marker === null ? batch.records.length : 1)
  }

  #forgetCommitted(): void {
    const epoch = this.committedEpoch
    if (epoch === LATEST) this.#registry.deleteAll()
    else this.#registry.deleteUpTo(epoch)
  }

  #armTimeout(): void {
    if (this.#timeout !== null) return
    const oldest = [...this.#uncommitted, ...this.#collected].find(({ writes }) => writes.length > 0)
    if (oldest === undefined) return
    const ageMs = this.#options.clock.monotonicMs() - oldest.openedMs
    const delayMs = Math.max(1, this.#options.writeTimeoutMs - ageMs)
    this.#timeout = this.#options.deadlines.schedule(delayMs, () => {
      this.#timeout = null
      this.#expireOld()
      this.#armTimeout()
    })
  }

  #expireOld(): void {
    const sinceMs = this.#options.clock.monotonicMs() - this.#options.writeTimeoutMs
    for (const batch of [...this.#uncommitted, ...this.#collected]) {
      if (batch.openedMs > sinceMs) continue
      const { writes } = batch
      batch.writes = []
      for (const write of writes) this.#settle(write, new KafkaError(ErrorCode.REQUEST_TIMED_OUT))
    }
  }
}

function transactionalAppend(
  producer: TransactionalProducer | null,
  marker: TransactionMarker | null,
): TransactionalAppend | undefined {
  if (marker !== null) return { transactionVersion: marker.transactionVersion, verificationGuard: undefined }
  return producer === null ? undefined : { transactionVersion: 0, verificationGuard: producer.verificationGuard }
}
