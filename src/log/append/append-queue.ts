/**
 * Appends of one log, in order. An append is prepared at once (checked, given its offsets, entered into producer state
 * and leader epochs), then waits; all that wait at the end of the loop's turn are written by one writev. While that write
 * runs, the next ones collect. `done` is called once for each, after its bytes are written (and, where flush.messages
 * asks for it, durable).
 *
 * States: open (appends are prepared as they come) → held (`exclusively` runs, or a failed write is being taken back:
 * appends wait unprepared) → open … → failed (the disk is gone: every append is refused).
 *
 * When a write fails, everything prepared is taken back in reverse order, the file is cut to its old end, and the log is
 * as it was: a full disk refuses appends and accepts them again when there is room. Any other failure ends the log.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { isOutOfSpace } from '../files/disk-error.ts'
import type { LogState } from '../log-state.ts'
import type { OpenFile } from '../segment/open-files.ts'
import type { AppendResult } from '../types.ts'
import { AppendPlan } from './append-plan.ts'
import { type PlannedRoll, type PreparedAppend, prepareAppend, type Submission } from './append-preparation.ts'
import type { Flusher } from './flusher.ts'
import { rollTo } from './roll.ts'

/** The bytes that one write takes: a larger one would keep the loop for too long where writes are synchronous. */
const MAX_WRITE_BYTES = 8 * 1024 * 1024

export class AppendQueue {
  readonly #state: LogState
  readonly #flusher: Flusher
  readonly #onWritten: (endOffset: number) => void
  /** Null until the active segment is ready to grow, which is when the first append asks for it. */
  #plan: AppendPlan | null = null
  #waiting: Submission[] = []
  #prepared: PreparedAppend[] = []
  #scheduled = false
  #busy = false
  #holds = 0
  #becomingReady = false
  #whenIdle: (() => void)[] = []
  #unanswered = 0
  #whenSettled: (() => void)[] = []
  #exclusive: Promise<unknown> = Promise.resolve()
  /** The last append whose answer waits for a flush. */
  #answering: Promise<void> | null = null

  constructor(state: LogState, flusher: Flusher, onWritten: (endOffset: number) => void) {
    this.#state = state
    this.#flusher = flusher
    this.#onWritten = onWritten
  }

  submit(submission: Submission): void {
    this.#unanswered++
    if (this.#state.failure !== null) return this.#answer(submission, this.#state.storageError(), null)
    if (this.#holds > 0 || this.#plan === null || this.#waiting.length > 0) {
      this.#waiting.push(submission)
      this.#prepareWaiting()
    } else {
      this.#prepare(submission, this.#plan)
    }
  }

  /** Runs `change` when nothing is queued or being written, and holds appends until it has ended. */
  exclusively<T>(change: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      this.#holds++
      try {
        await this.#idle()
        return await change()
      } finally {
        this.#holds--
        // The change may have replaced the active segment or moved the end.
        this.#plan = null
        this.#prepareWaiting()
      }
    }
    const result = this.#exclusive.then(run, run)
    this.#exclusive = result.catch(() => {})
    return result
  }

  #idle(): Promise<void> {
    if (this.#prepared.length === 0 && !this.#busy) return Promise.resolve()
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  #prepareWaiting(): void {
    if (this.#holds > 0 || this.#waiting.length === 0) return
    // It may have failed, been closed or been abandoned while they waited.
    if (this.#state.failure !== null) return this.#refuseWaiting(this.#state.storageError())
    const plan = this.#plan
    if (plan === null) {
      if (!this.#becomingReady) void this.#becomeReady()
      return
    }
    const waiting = this.#waiting
    this.#waiting = []
    for (const submission of waiting) this.#prepare(submission, plan)
  }

  async #becomeReady(): Promise<void> {
    this.#becomingReady = true
    const active = this.#state.segments.active
    try {
      await active.prepareToGrow()
      if (this.#holds === 0 && active === this.#state.segments.active) {
        this.#plan = new AppendPlan(active, this.#state.logEndOffset)
      }
    } catch (error) {
      this.#state.fail(error as Error)
    } finally {
      this.#becomingReady = false
      this.#prepareWaiting()
    }
  }

  #prepare(submission: Submission, plan: AppendPlan): void {
    try {
      this.#prepared.push(prepareAppend(this.#state, plan, submission))
      this.#schedule()
    } catch (error) {
      this.#answer(submission, this.#asKafkaError(error), null)
    }
  }

  #asKafkaError(error: unknown): KafkaError {
    if (error instanceof KafkaError) return error
    this.#state.context.logger.error({ err: error }, `${this.#state.name}: an append failed unexpectedly.`)
    return new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, undefined, { cause: error })
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy) return
    this.#scheduled = true
    this.#state.context.appendTurns.add(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    if (this.#busy) return
    const first = this.#prepared[0]
    if (first === undefined) {
      for (const resolve of this.#whenIdle.splice(0)) resolve()
      return
    }
    this.#busy = true
    if (first.roll !== null) void this.#roll(first, first.roll)
    else this.#write(this.#takeGroup())
  }

  async #roll(first: PreparedAppend, { baseOffset, snapshot }: PlannedRoll): Promise<void> {
    try {
      await rollTo(this.#state, baseOffset, snapshot)
      first.roll = null
    } catch (error) {
      return this.#failed(error as Error, [])
    }
    // In the background: nobody waits for it, and a failure takes the directory offline by itself.
    this.#flusher.flush().catch(() => {})
    this.#busy = false
    this.#pump()
  }

  /** Takes the appends of one write: up to the next roll, or as much as one write should take. */
  #takeGroup(): PreparedAppend[] {
    let count = 0
    let bytes = 0
    for (const next of this.#prepared) {
      bytes += next.bytes.length
      if (count > 0 && (next.roll !== null || bytes > MAX_WRITE_BYTES)) break
      count++
    }
    return this.#prepared.splice(0, count)
  }

  #write(group: PreparedAppend[]): void {
    const segment = this.#state.segments.active
    const { openFiles } = this.#state.context
    const open = openFiles.acquireNow(segment.path, 'write')
    if (open !== null) return this.#writeTo(open, group)
    openFiles.acquire(segment.path, 'write').then(
      (opened) => this.#writeTo(opened, group),
      (error) => this.#failed(error, group),
    )
  }

  #writeTo(open: OpenFile, group: PreparedAppend[]): void {
    const buffers = group.map((append) => append.bytes).filter((bytes) => bytes.length > 0)
    if (buffers.length === 0) {
      open.release()
      return this.#written(group)
    }
    open.file.write(buffers, this.#state.segments.active.sizeBytes, (error) => {
      open.release()
      if (error === null) this.#written(group)
      else void this.#failed(error, group)
    })
  }

  #written(group: PreparedAppend[]): void {
    try {
      this.#takeUp(group)
    } catch (error) {
      return void this.#failed(error as Error, group)
    }
    this.#answerGroup(group)
    this.#busy = false
    if (this.#prepared.length > 0) this.#schedule()
    else this.#pump()
  }

  /** The log has the appends now: indexes, tail and end. */
  #takeUp(group: readonly PreparedAppend[]): void {
    const state = this.#state
    const segment = state.segments.active
    for (const append of group) {
      if (append.bytes.length > 0) {
        const { bytes, firstOffset: baseOffset, endOffset } = append
        const position = segment.sizeBytes
        segment.appended(bytes, state.config)
        const where = { segmentBaseOffset: segment.baseOffset, position, baseOffset, endOffset }
        state.context.tailCache.add(state.tail, bytes, where)
      }
      for (const transaction of append.producers?.update.completed ?? []) {
        if (transaction.aborted) segment.transactionIndex.append(transaction)
      }
      this.#plan?.written(segment, append.batchCount)
      state.grewTo(append.endOffset)
    }
  }

  #answerGroup(group: PreparedAppend[]): void {
    const state = this.#state
    const mustFlush = state.logEndOffset - state.recoveryPoint >= state.config.flushMessages
    if (!mustFlush && this.#answering === null) return this.#succeed(group, state.logEndOffset)
    const end = state.logEndOffset
    const flushed = mustFlush ? this.#flusher.flushBatches() : Promise.resolve()
    const answering = Promise.all([this.#answering, flushed])
      .then(
        () => this.#succeed(group, end),
        () => {
          for (const append of group) this.#answer(append, state.storageError(), null)
        },
      )
      .finally(() => {
        if (this.#answering === answering) this.#answering = null
      })
    this.#answering = answering
  }

  #succeed(group: readonly PreparedAppend[], endOffset: number): void {
    const state = this.#state
    try {
      this.#onWritten(endOffset)
    } catch (thrown) {
      state.context.logger.error({ err: thrown }, `${state.name}: its replica threw when it heard of a write.`)
    }
    for (const append of group) {
      append.result.logStartOffset = state.logStartOffset
      this.#answer(append, null, append.result)
    }
  }

  /** The write of `group`, or a roll, has failed; what is queued behind has offsets that will not exist. */
  async #failed(error: Error, group: PreparedAppend[]): Promise<void> {
    const state = this.#state
    this.#holds++
    const lost = [...group, ...this.#prepared.splice(0)]
    for (const append of lost.toReversed()) undo(state, append)
    this.#plan = null
    if (!isOutOfSpace(error)) state.fail(error)
    else if (group.length > 0) await this.#cutPartialWrite()
    const refusal = state.storageError(error)
    for (const append of lost) this.#answer(append, refusal, null)
    this.#holds--
    this.#busy = false
    this.#pump()
    this.#prepareWaiting()
  }

  async #cutPartialWrite(): Promise<void> {
    const segment = this.#state.segments.active
    try {
      await this.#state.context.openFiles.with(segment.path, 'write', async (file) => {
        await file.truncate(segment.sizeBytes)
        // Refused batches must not come back after a power failure, in the place of later ones.
        await file.sync()
      })
    } catch (error) {
      this.#state.fail(error as Error)
    }
  }

  #refuseWaiting(error: KafkaError): void {
    for (const submission of this.#waiting.splice(0)) this.#answer(submission, error, null)
  }

  #answer(to: { done: Submission['done'] }, error: KafkaError | null, result: AppendResult | null): void {
    this.#unanswered--
    try {
      to.done(error, result)
    } catch (thrown) {
      this.#state.context.logger.error({ err: thrown }, `${this.#state.name}: whoever waited for an append threw.`)
    }
    if (this.#unanswered === 0) for (const resolve of this.#whenSettled.splice(0)) resolve()
  }

  /** Resolves when everything that was submitted is answered. */
  settled(): Promise<void> {
    if (this.#unanswered === 0) return Promise.resolve()
    return new Promise((resolve) => this.#whenSettled.push(resolve))
  }
}

function undo(state: LogState, append: PreparedAppend): void {
  if (append.producers !== null) state.producers.undo(append.producers)
  if (append.epochsBefore !== null) state.epochs.restore(append.epochsBefore)
}
