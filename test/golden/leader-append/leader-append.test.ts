import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import zlib from 'node:zlib'
import t, { type Test } from 'tap'
import { COMPRESSION_MASK, TimestampType } from '../../../protocol/records/batch.ts'
import { CompressionType, compressionTypeOf } from '../../../protocol/records/compression.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import {
  assignOffsets,
  type Inflater,
  type ValidatedBatch,
  type ValidationOptions,
  validateLeaderAppend,
} from '../../../protocol/records/leader-append.ts'
import { unchecked } from '../../../protocol/unchecked.ts'
import { outcome, STAGES } from '../../../scripts/vectors/malformed-batches.ts'
import { type Verdict, withoutUnnamed } from '../../../scripts/vectors/verdict.ts'

/** A batch and what Apache Kafka did with it; `LeaderAppends.java` beside this file says how the cases are made. */
interface Case {
  readonly topicConfig: Readonly<Record<string, string>>
  readonly hex: string
  readonly nextOffset: string
  readonly leaderAppend: Verdict | { firstOffset: string; lastOffset: string }
  readonly stored?: string
}

const NOW_MS = 1_700_000_099_999
const LEADER_EPOCH = 7

const all: Case[] = JSON.parse(
  readFileSync(process.env.LEADER_APPENDS ?? join(import.meta.dirname, 'cases.json'), 'utf8'),
)
/** The decoder that stands in for zstd before Node 22.15 takes some broken frames for good ones. */
const cases = all.filter((one) => 'zstdDecompressSync' in zlib || !hasZstd(Buffer.from(one.hex, 'hex')))

function hasZstd(bytes: Buffer): boolean {
  return bytes.length > 22 && (bytes[22] & COMPRESSION_MASK) === CompressionType.ZSTD
}

for (const stage of Object.keys(STAGES) as (keyof typeof STAGES)[]) {
  t.test(`${stage}: the verdicts are Kafka's`, (t) => {
    for (const one of cases) {
      const expected = withoutUnnamed(unchecked<Record<string, unknown>>(one)[stage])
      t.strictSame(outcome(STAGES[stage], Buffer.from(one.hex, 'hex')), expected, one.hex)
    }
    t.end()
  })
}

t.test("leaderAppend: verdicts, offsets and bytes are Kafka's", (t) => {
  for (const one of cases) {
    const bytes = Buffer.from(one.hex, 'hex')
    let validated: ValidatedBatch | null = null
    const result = outcome(() => {
      validated = validateLeaderAppend(bytes, options(one.topicConfig))
      return placed(validated, one)
    }, bytes)
    compare(t, one, result, validated)
  }
  t.end()
})

t.test('leaderAppend: it makes no difference where a batch is inflated', async (t) => {
  // As a worker does: the whole stream or an error.
  const inflater: Inflater = {
    worthIt: () => true,
    decompress: async (type, bytes, limits) => {
      const { decompress } = await import('../../../protocol/records/compression.ts')
      return decompress(type, bytes, limits)
    },
  }
  for (const one of cases) {
    const bytes = Buffer.from(one.hex, 'hex')
    const pending = await Promise.resolve()
      .then(() => validateLeaderAppend(bytes, options(one.topicConfig), inflater))
      .then((validated) => ({ validated, error: null }))
      .catch((error: unknown) => ({ validated: null, error }))
    const result = outcome(() => {
      if (pending.error !== null) throw pending.error
      return placed(pending.validated, one)
    }, bytes)
    compare(t, one, result, pending.validated)
  }
})

function placed(validated: ValidatedBatch | null, one: Case): { firstOffset: string; lastOffset: string } {
  if (validated === null) return { firstOffset: '-1', lastOffset: '-1' }
  const place = { nextOffset: Number(one.nextOffset), leaderEpoch: LEADER_EPOCH, nowMs: NOW_MS }
  const { firstOffset, lastOffset } = assignOffsets(validated, place)
  return { firstOffset: String(firstOffset), lastOffset: String(lastOffset) }
}

function compare(t: Test, one: Case, result: unknown, validated: ValidatedBatch | null): void {
  t.strictSame(result, withoutUnnamed(one.leaderAppend), `${JSON.stringify(one.topicConfig)} ${one.hex}`)
  if (one.stored === undefined || validated === null) return
  const stored = Buffer.from(one.stored, 'hex')
  if (validated.rebuilt && one.topicConfig['compression.type'] !== 'uncompressed') {
    // Codecs differ between libraries: what must be the same is what is read.
    t.strictSame(decodeBatches(validated.bytes).map(withoutSize), decodeBatches(stored).map(withoutSize), one.hex)
  } else {
    t.equal(validated.bytes.toString('hex'), one.stored, one.hex)
  }
}

function withoutSize(batch: object): object {
  return { ...batch, sizeInBytes: 0, crc: 0 }
}

function options(config: Readonly<Record<string, string>>): ValidationOptions {
  const compression = config['compression.type']
  return {
    origin: 'client',
    topicPartition: 't-0',
    compression:
      compression === undefined
        ? 'producer'
        : compression === 'uncompressed'
          ? CompressionType.NONE
          : compressionTypeOf(compression)!,
    compacted: config['cleanup.policy'] === 'compact',
    timestampType:
      config['message.timestamp.type'] === 'LogAppendTime' ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
    timestampBeforeMaxMs: Number(config['message.timestamp.before.max.ms'] ?? Infinity),
    timestampAfterMaxMs: Number(config['message.timestamp.after.max.ms'] ?? Infinity),
    nowMs: NOW_MS,
    maxMessageBytes: Number(config['max.message.bytes'] ?? 1_048_588),
  }
}
