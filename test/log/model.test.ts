/** The log against a list: whatever is done to both, they say the same. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { append, openLog, readAll, records } from '../../proof/log/support.ts'
import { CompressionType } from '../../protocol/records/compression-type.ts'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import { repetitions } from '../support/repetitions.ts'

interface Model {
  start: number
  /** From offset 0 on; those before `start` are gone. */
  values: string[]
  /** Where batches begin: truncation keeps whole batches. */
  batches: number[]
}

type Command =
  | { kind: 'append'; batches: string[][]; codec: CompressionType }
  | { kind: 'roll' | 'restart' | 'crash' | 'flush' | 'clean' }
  | { kind: 'truncate' | 'delete' | 'read'; at: number; maxBytes: number }

const at = fc.double({ min: 0, max: 1, noNaN: true })
const value = fc.string({ maxLength: 40 })
const batch = fc.array(value, { minLength: 1, maxLength: 4 })
const codec = fc.constantFrom(CompressionType.NONE, CompressionType.GZIP, CompressionType.LZ4)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      batches: fc.array(batch, { minLength: 1, maxLength: 5 }),
      codec,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('roll' as const, 'restart' as const, 'crash' as const, 'flush' as const, 'clean' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('truncate' as const, 'delete' as const, 'read' as const),
      at,
      maxBytes: fc.integer({ min: 1, max: 2000 }),
    }),
  },
)

const settings = fc.record({
  segmentBytes: fc.constantFrom(500, 2000, 1 << 20),
  indexIntervalBytes: fc.constantFrom(0, 100, 4096),
  tailCacheBytes: fc.constantFrom(0, 70_000, 1 << 20),
})

/** Sequences that have found something. */
const FOUND: [Settings, Command[]][] = [
  // Records that were appended after a truncation stood in for bytes that had been checked.
  [
    { segmentBytes: 500, indexIntervalBytes: 0, tailCacheBytes: 0 },
    [
      { kind: 'append', batches: [['']], codec: CompressionType.NONE },
      { kind: 'restart' },
      { kind: 'truncate', at: 0, maxBytes: 1 },
      { kind: 'append', batches: [['    '], ['']], codec: CompressionType.NONE },
    ],
  ],
]

t.test('the log does what a list does', async (t) => {
  await fc.assert(
    fc.asyncProperty(settings, fc.array(command, { maxLength: 25 }), async (chosen, commands) => {
      const root = mkdtempSync(join(tmpdir(), 'samsa-log-'))
      try {
        await run(join(root, 't-0'), chosen, commands)
      } finally {
        rmSync(root, { recursive: true })
      }
    }),
    { numRuns: Number(process.env.SAMSA_PROPERTY_RUNS ?? repetitions(60)), examples: FOUND },
  )
  t.pass('for every sequence of commands')
})

interface Settings {
  segmentBytes: number
  indexIntervalBytes: number
  tailCacheBytes: number
}

async function run(directory: string, chosen: Settings, commands: readonly Command[]): Promise<void> {
  const { tailCacheBytes, ...config } = chosen
  const open = (hadCleanShutdown: boolean, logStartOffset: number, recoveryPoint: number) =>
    openLog({
      directory,
      config: { ...config, fileDeleteDelayMs: 0 },
      context: { tailCacheBytes },
      offsets: { hadCleanShutdown, logStartOffset, recoveryPoint },
    })
  const model: Model = { start: 0, values: [], batches: [] }
  let log = await open(true, 0, 0)
  for (const step of commands) {
    if (step.kind === 'restart') await log.close()
    if (step.kind === 'restart' || step.kind === 'crash') {
      const { recoveryPoint } = log
      // A real crash would end what goes on beside the appends; here it must have come to its end.
      if (step.kind === 'crash') await log.flush()
      log = await open(step.kind === 'restart', model.start, recoveryPoint)
    } else {
      await apply(log, model, step)
    }
    await compare(log, model)
  }
  await log.close()
  await compare(await open(true, model.start, 0), model)
}

async function apply(log: PartitionLog, model: Model, step: Command): Promise<void> {
  switch (step.kind) {
    case 'append': {
      const written = step.batches.map((values) => append(log, records(values, { compression: step.codec })))
      for (const values of step.batches) {
        model.batches.push(model.values.length)
        model.values.push(...values)
      }
      await Promise.all(written)
      break
    }
    case 'roll':
      await log.roll()
      break
    case 'flush':
      await log.flush()
      break
    case 'clean':
      await log.deleteOldSegments(0)
      break
    case 'truncate': {
      const target = model.batches[Math.floor(step.at * model.batches.length)]
      if (target === undefined || target < model.start) return
      await log.truncateTo(target)
      model.values.length = target
      model.batches = model.batches.filter((start) => start < target)
      break
    }
    case 'delete':
      model.start += Math.floor(step.at * (model.values.length - model.start))
      await log.deleteRecordsBefore(model.start)
      break
    case 'read': {
      const from = model.start + Math.floor(step.at * (model.values.length - model.start))
      check(await readAll(log, from, step.maxBytes), model, from)
      break
    }
  }
}

async function compare(log: PartitionLog, model: Model): Promise<void> {
  if (log.logStartOffset !== model.start) throw new Error(`starts at ${log.logStartOffset}, not ${model.start}`)
  if (log.logEndOffset !== model.values.length)
    throw new Error(`ends at ${log.logEndOffset}, not ${model.values.length}`)
  check(await readAll(log), model, model.start)
}

function check(read: Awaited<ReturnType<typeof readAll>>, model: Model, from: number): void {
  const actual = read.map((record) => `${record.offset} ${record.value}`)
  const expected = model.values.slice(from).map((text, i) => `${from + i} ${text}`)
  if (actual.join('\n') !== expected.join('\n'))
    throw new Error(`read ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
}
