/**
 * One cleaning of one log: the dirty section is read for the last offset of each key, then every segment from the start
 * of the log to the end of that section is written anew without the records that a later one has replaced.
 */

import * as batch from '../../../protocol/records/batch.ts'
import { present } from '../../env/invariant.ts'
import { CLEANED_SUFFIX } from '../files/file-names.ts'
import { NO_OFFSET } from '../producers/producer-entry.ts'
import type { Replica } from '../replica.ts'
import { abortedTransactionsBetween } from '../segment/aborted-transactions.ts'
import { Segment } from '../segment/segment.ts'
import { BatchFilter, type LastRecord } from './batch-filter.ts'
import { CleanedTransactions } from './cleaned-transactions.ts'
import { CleanedWriter } from './cleaned-writer.ts'
import { type CleaningPass, forEachBatch } from './cleaning-pass.ts'
import { mapDirtySection } from './dirty-section.ts'
import type { OffsetMap } from './offset-map.ts'
import { groupSegments } from './segment-groups.ts'
import { discardCleaned, replaceSegments } from './segment-replacement.ts'
import { type LogToClean, segmentsBetween } from './selection.ts'

interface Round {
  readonly map: OffsetMap
  readonly replica: Replica
  /** Segments that were last written before this have no tombstones of magic 0 or 1 left that are too young to go. */
  readonly legacyDeleteHorizonMs: number
}

/** Resolves to the first offset that is dirty afterwards. */
export async function cleanLog(pass: CleaningPass, cleanable: LogToClean): Promise<number> {
  const { state } = pass
  const { log, firstDirtyOffset, firstUncleanableOffset } = cleanable
  const clean = segmentsBetween(state.segments, 0, firstDirtyOffset)
  const lastClean = clean.at(-1)
  const lastCleanMs = lastClean === undefined ? null : await modifiedMs(lastClean)
  const legacyDeleteHorizonMs = lastCleanMs === null ? 0 : lastCleanMs - state.config.deleteRetentionMs
  const map = await mapDirtySection(pass, firstDirtyOffset, firstUncleanableOffset)
  const endOffset = map.latestOffset + 1
  const { segmentBytes, segmentIndexBytes } = state.config
  const groups = await groupSegments(state.context, segmentsBetween(state.segments, 0, endOffset), {
    segmentBytes,
    segmentIndexBytes,
    endOffset: firstUncleanableOffset,
  })
  const cleaner = new GroupCleaner(pass, { map, replica: log.replica, legacyDeleteHorizonMs })
  for (const group of groups) await cleaner.clean(group)
  return endOffset
}

async function modifiedMs(segment: Segment): Promise<number> {
  return (await segment.context.files.stat(segment.path))?.modifiedMs ?? segment.modifiedMs
}

class GroupCleaner {
  readonly #pass: CleaningPass
  readonly #round: Round
  /** Transactions go on from one group to the next; their index is the one of the segment that is being written. */
  readonly #transactions = new CleanedTransactions((transaction) => this.#target!.transactionIndex.append(transaction))
  #target: Segment | null = null
  readonly #writer: CleanedWriter

  constructor(pass: CleaningPass, round: Round) {
    this.#pass = pass
    this.#round = round
    this.#writer = new CleanedWriter(pass)
  }

  async clean(group: readonly Segment[]): Promise<void> {
    const { context, directory } = this.#pass.state
    this.#pass.checkAborted()
    const [first] = group
    const { baseOffset } = present(first, 'log', 'a group of segments to clean has a segment')
    this.#target = null
    let target: Segment
    try {
      target = await Segment.create(context, directory, baseOffset, { suffix: CLEANED_SUFFIX })
      this.#target = target
      await this.#cleanInto(target, group)
      await target.becomeInactive()
      await target.setModified(
        await modifiedMs(present(group.at(-1), 'log', 'a group of segments to clean has a segment')),
      )
      await target.flush()
    } catch (error) {
      this.#target?.forgetFiles()
      await discardCleaned(this.#pass.state, baseOffset)
      throw error
    }
    await replaceSegments(this.#pass.state, group, target)
  }

  async #cleanInto(target: Segment, group: readonly Segment[]): Promise<void> {
    const { state } = this.#pass
    const { map, replica, legacyDeleteHorizonMs } = this.#round
    const producers = lastRecords(this.#pass)
    for (const [i, segment] of group.entries()) {
      const end = group[i + 1]?.baseOffset ?? (await segment.nextOffset())
      this.#transactions.add(await abortedTransactionsBetween(state.segments, segment.baseOffset, end))
      const filter = new BatchFilter({
        map,
        highWatermark: replica.highWatermark,
        transactions: this.#transactions,
        producers,
        nowMs: this.#pass.nowMs,
        deleteRetentionMs: state.config.deleteRetentionMs,
        maxRecordBytes: state.config.maxDecompressedMessageBytes,
        retainsLegacyTombstones: (await modifiedMs(segment)) > legacyDeleteHorizonMs,
        compute: state.context.compute,
        pacer: this.#pass.pacer,
      })
      await forEachBatch(this.#pass, segment, 0, (buffer, at) => {
        this.#pass.stats.bytesRead += batch.sizeInBytes(buffer, at)
        const kept = filter.filter(buffer, at)
        return kept === null ? false : this.#write(target, kept)
      })
      this.#pass.stats.recordsRead += filter.recordsRead
      this.#pass.stats.recordsRetained += filter.recordsRetained
    }
    await this.#writer.flush(target)
  }

  async #write(target: Segment, kept: Buffer | Promise<Buffer | null>): Promise<false> {
    const bytes = kept instanceof Promise ? await kept : kept
    if (bytes !== null) await this.#writer.write(target, bytes)
    return false
  }
}

/**
 * The record of each known producer that must stay, so that its next batch is judged as if nothing had been cleaned.
 */
function lastRecords({ state }: CleaningPass): Map<number, LastRecord> {
  const last = new Map<number, LastRecord>()
  for (const entry of state.producers.entries()) {
    const lastDataOffset = entry.batches.at(-1)?.lastOffset ?? NO_OFFSET
    last.set(entry.producerId, { lastDataOffset, epoch: entry.epoch })
  }
  return last
}
