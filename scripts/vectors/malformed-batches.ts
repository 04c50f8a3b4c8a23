import assert from 'node:assert/strict'
import { ensureValid, MAGIC_V2, magic, nextBatch, TimestampType } from '../../protocol/records/batch.ts'
import { RecordCursor } from '../../protocol/records/cursor.ts'
import { openRecords } from '../../protocol/records/decode.ts'
import { assignOffsets, checkProduceRecords, validateLeaderAppend } from '../../protocol/records/leader-append.ts'
import { ensureMessageValid, legacyRecords } from '../../protocol/records/legacy.ts'
import type { VectorFolder } from './folder.ts'
import type { Report } from './report.ts'
import { verdict, withoutUnnamed } from './verdict.ts'

/** Kafka's reactions to the bytes at five stages: a result or a refusal. */
interface MalformedVector {
  readonly name: string
  readonly hex: string
  readonly batches: unknown
  readonly ensureValid: unknown
  readonly records: unknown
  readonly produceRequest: unknown
  readonly leaderAppend: unknown
}

/** The stages that need no log. */
export const STAGES = {
  batches: countBatches,
  ensureValid(bytes: Buffer) {
    eachBatch(bytes, (at) => ensureValid(bytes, at))
    return 'ok'
  },
  records: countRecords,
  produceRequest(bytes: Buffer) {
    checkProduceRecords(13, bytes)
    return 'ok'
  },
} as const

/** Malformed batches: the same verdict as Kafka's at each stage. */
export function check(folder: VectorFolder, report: Report): void {
  for (const vector of (folder.load('MalformedBatches') ?? []) as MalformedVector[]) {
    for (const [stage, run] of Object.entries({ ...STAGES, leaderAppend })) {
      report.check('malformed batches', `${vector.name} ${stage}`, () => {
        const expected = withoutUnnamed(vector[stage as keyof MalformedVector])
        assert.deepStrictEqual(outcome(run, Buffer.from(vector.hex, 'hex')), expected)
      })
    }
  }
}

/** The result of a stage, or its refusal. */
export function outcome(stage: (bytes: Buffer) => unknown, bytes: Buffer): unknown {
  let result: unknown
  const refused = verdict(() => {
    result = stage(bytes)
  })
  return refused ?? result
}

function eachBatch(bytes: Buffer, visit: (at: number) => void): void {
  for (let at = 0, next = 0; (next = nextBatch(bytes, at)) !== -1; at = next) visit(at)
}

function countBatches(bytes: Buffer): number {
  let count = 0
  eachBatch(bytes, () => count++)
  return count
}

function countRecords(bytes: Buffer): number {
  let count = 0
  eachBatch(bytes, (at) => {
    if (magic(bytes, at) < MAGIC_V2) {
      for (const record of legacyRecords(bytes, at, { maxBytes: Infinity })) {
        ensureMessageValid(record.buffer, record.position)
        count++
      }
      return
    }
    const cursor = openRecords(new RecordCursor(), bytes, at)
    while (cursor.next()) count++
  })
  return count
}

/** Into an empty log of the default configuration, its clock at 1700000099999. */
function leaderAppend(bytes: Buffer): unknown {
  const nowMs = 1_700_000_099_999
  const validated = validateLeaderAppend(bytes, {
    origin: 'client',
    topicPartition: 't-0',
    compression: 'producer',
    compacted: false,
    timestampType: TimestampType.CREATE_TIME,
    timestampBeforeMaxMs: Infinity,
    timestampAfterMaxMs: Infinity,
    nowMs,
    maxMessageBytes: 1_048_588,
  })
  if (validated === null) return { firstOffset: '-1', lastOffset: '-1' }
  const { firstOffset, lastOffset } = assignOffsets(validated, { nextOffset: 0, leaderEpoch: 7, nowMs })
  return { firstOffset: String(firstOffset), lastOffset: String(lastOffset) }
}
