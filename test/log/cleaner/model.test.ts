/** A compacted log against the list of what was written: whatever is done to both, no key loses its last value. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { type CommittedRecord, readCommitted } from '../../../proof/log/cleaner/read-committed.ts'
import { append, openLog } from '../../../proof/log/support.ts'
import { buildBatch } from '../../../protocol/records/build.ts'
import { CompressionType } from '../../../protocol/records/compression-type.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { repetitions } from '../../support/repetitions.ts'
import { clean } from './clean.ts'

type Command =
  | { kind: 'append'; records: [key: number, value: string | null][]; codec: CompressionType }
  | { kind: 'roll' | 'restart' | 'crash' | 'flush' }
  | { kind: 'compact'; keys: number; laterMs: number }
  | { kind: 'truncate' | 'delete'; at: number }

const KEYS = 5
const TIMESTAMP = 1_700_000_000_000
const record = fc.tuple(fc.nat({ max: KEYS - 1 }), fc.option(fc.string({ maxLength: 40 }), { freq: 4 }))
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      records: fc.array(record, { minLength: 1, maxLength: 4 }),
      codec: fc.constantFrom(CompressionType.NONE, CompressionType.GZIP, CompressionType.LZ4),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('roll', 'restart', 'crash', 'flush') }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('compact' as const),
      keys: fc.constantFrom(2, 100),
      laterMs: fc.constantFrom(0, 2000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('truncate' as const, 'delete' as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
) as fc.Arbitrary<Command>

const settings = fc.record({
  segmentBytes: fc.constantFrom(300, 1000),
  indexIntervalBytes: fc.constantFrom(0, 100, 4096),
  deleteRetentionMs: fc.constantFrom(0, 1000, 86_400_000),
})

interface Model {
  start: number
  written: CommittedRecord[]
  /** Where batches begin: truncation keeps whole ones. */
  batches: number[]
  cleaned: number
  nowMs: number
}

t.test('a compacted log keeps what a map of its records keeps', async (t) => {
  await fc.assert(
    fc.asyncProperty(settings, fc.array(command, { maxLength: 30 }), async (chosen, commands) => {
      const root = mkdtempSync(join(tmpdir(), 'samsa-log-'))
      try {
        await run(join(root, 't-0'), chosen, commands)
      } finally {
        rmSync(root, { recursive: true })
      }
    }),
    { numRuns: Number(process.env.SAMSA_PROPERTY_RUNS ?? repetitions(30)) },
  )
  t.pass('for every sequence of commands')
})

async function run(directory: string, chosen: object, commands: readonly Command[]): Promise<void> {
  const config = { ...chosen, compact: true, delete: false, fileDeleteDelayMs: 0 }
  const open = async (offsets: object) => {
    return openLog({ directory, config, offsets })
  }
  const model: Model = { start: 0, written: [], batches: [], cleaned: 0, nowMs: TIMESTAMP }
  let log = await open({})
  for (const step of commands) {
    if (step.kind === 'restart') await log.close()
    if (step.kind === 'restart' || step.kind === 'crash') {
      const hadCleanShutdown = step.kind === 'restart'
      const { recoveryPoint } = log
      await die(log)
      log = await open({ hadCleanShutdown, logStartOffset: model.start, recoveryPoint })
    } else {
      await apply(log, model, step)
    }
    check(log, model, await readCommitted(log))
  }
  await log.close()
}

/** A dead broker writes nothing, not even the flush that was under way. */
async function die(log: PartitionLog): Promise<void> {
  await log.abandon()
  await log.flush().catch(() => {})
}

async function apply(log: PartitionLog, model: Model, step: Command): Promise<void> {
  switch (step.kind) {
    case 'append': {
      const records = step.records.map(([key, value]) => ({
        key: Buffer.from(`key-${key}`),
        value: value === null ? null : Buffer.from(value),
        timestamp: TIMESTAMP,
      }))
      const { firstOffset } = await append(log, buildBatch({ compression: step.codec }, records))
      model.batches.push(firstOffset)
      for (const [i, [key, value]] of step.records.entries()) {
        model.written.push({ offset: firstOffset + i, key: `key-${key}`, value })
      }
      return
    }
    case 'roll':
      return log.roll()
    case 'flush':
      return log.flush()
    case 'compact':
      model.nowMs += step.laterMs
      model.cleaned = await clean(log, { nowMs: model.nowMs, cleanedOffset: model.cleaned, keys: step.keys })
      return
    case 'truncate': {
      const target = model.batches[Math.floor(step.at * model.batches.length)]
      if (target === undefined || target < model.start) return
      await log.truncateTo(target)
      model.written = model.written.filter(({ offset }) => offset < target)
      model.batches = model.batches.filter((offset) => offset < target)
      model.cleaned = Math.min(model.cleaned, target)
      return
    }
    case 'delete':
      model.start += Math.floor(step.at * (log.replica.highWatermark - model.start))
      await log.deleteRecordsBefore(model.start)
      await log.deleteOldSegments(model.nowMs)
      return
  }
}

function check(log: PartitionLog, model: Model, found: readonly CommittedRecord[]): void {
  const expectedEnd = (model.written.at(-1)?.offset ?? -1) + 1
  if (log.logEndOffset !== expectedEnd) throw new Error(`ends at ${log.logEndOffset}, not ${expectedEnd}`)
  const written = new Map(model.written.map((record) => [record.offset, record]))
  const visible = found.filter(({ offset }) => offset >= model.start)
  for (const [i, { offset, key, value }] of visible.entries()) {
    const was = written.get(offset)
    if (was?.key !== key || was.value !== value) throw new Error(`${key}=${value} at ${offset} was never written`)
    if (i > 0 && visible[i - 1].offset >= offset) throw new Error(`offset ${offset} is out of order`)
  }
  const there = new Set(visible.map(({ offset }) => offset))
  const last = new Map(model.written.map((record) => [record.key, record]))
  for (const { offset, key, value } of last.values()) {
    const mayBeGone = offset < model.start || (value === null && offset < model.cleaned)
    if (!there.has(offset) && !mayBeGone) throw new Error(`the last ${key}, at ${offset}, is missing`)
  }
  const superseded = visible.filter(({ offset, key }) => {
    return (
      offset < model.cleaned &&
      model.written.some((other) => {
        return other.key === key && other.offset > offset && other.offset < model.cleaned
      })
    )
  })
  if (superseded.length > 0) throw new Error(`${superseded[0].key} at ${superseded[0].offset} should have been cleaned`)
}
