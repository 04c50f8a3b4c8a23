/** Logs that Apache Kafka's cleaner has cleaned, cleaned here: what is left must be the same, byte for byte. */
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openLog, temporaryDirectory } from '../../../proof/log/support.ts'
import { type DecodedBatch, decodeBatches } from '../../../protocol/records/decode.ts'
import { cleanLog } from '../../../src/log/cleaner/clean-log.ts'
import { Pacer } from '../../../src/log/cleaner/pacer.ts'
import { measure } from '../../../src/log/cleaner/selection.ts'
import { logConfigOf } from '../../../src/log/log-config.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { Throttler } from '../../../src/log/throttler.ts'

/** One cleaning; `Cleanings.java` beside this file says how the cases are made. */
interface Case {
  readonly name: string
  /** Whether batches are compressed: codecs differ between libraries, so that what they hold is compared. */
  readonly compressed: boolean
  readonly topicConfig: Readonly<Record<string, string>>
  readonly logStartOffset: number
  readonly modifiedMs: Readonly<Record<string, number>>
  /** By name, base64. */
  readonly before: Readonly<Record<string, string>>
  readonly after: Readonly<Record<string, string>>
  readonly nowMs: number
  readonly cleanedOffset: number
  readonly dedupeBufferBytes: number
  readonly ioBufferBytes: number
  readonly firstDirtyOffset: number
  readonly firstUncleanableOffset: number
  readonly cleanableBytes: number
  readonly cleanableRatio: number
  /** Absent where there was nothing to clean. */
  readonly endOffset?: number
}

const LOAD_FACTOR = 0.75
const cases: Case[] = JSON.parse(readFileSync(process.env.CLEANINGS ?? join(import.meta.dirname, 'cases.json'), 'utf8'))

for (const one of cases) {
  t.test(`log ${one.name}`, async (t) => {
    const directory = join(temporaryDirectory(t), 't-0')
    restore(directory, one)
    const config = logConfigOf(Object.entries({ ...one.topicConfig, 'segment.index.bytes': '1200' }))
    const offsets = { logStartOffset: one.logStartOffset, highWatermark: Number.MAX_SAFE_INTEGER }
    const log = await openLog({ directory, config, offsets })
    const cleanable = await measure(log, one.cleanedOffset, one.nowMs)
    t.match(cleanable, {
      firstDirtyOffset: one.firstDirtyOffset,
      firstUncleanableOffset: one.firstUncleanableOffset,
      cleanableBytes: one.cleanableBytes,
      cleanableRatio: one.cleanableRatio,
    })
    if (one.endOffset === undefined) return
    t.equal(await clean(log, one), one.endOffset, 'ends at the same offset')
    await log.close()
    compare(t, directory, one)
  })
}

function restore(directory: string, { before, modifiedMs }: Case): void {
  mkdirSync(directory)
  for (const [name, content] of Object.entries(before)) writeFileSync(join(directory, name), content, 'base64')
  for (const [name, ms] of Object.entries(modifiedMs)) utimesSync(join(directory, name), new Date(ms), new Date(ms))
}

async function clean(
  log: PartitionLog,
  { cleanedOffset, nowMs, dedupeBufferBytes, ioBufferBytes }: Case,
): Promise<number> {
  const { clock } = log.state.context
  const pass = {
    state: log.state,
    limits: { dedupeBufferBytes, loadFactor: LOAD_FACTOR, ioBufferBytes },
    throttler: new Throttler(clock, Number.MAX_VALUE),
    pacer: new Pacer(clock),
    nowMs,
    stats: { bytesRead: 0, bytesWritten: 0, recordsRead: 0, recordsRetained: 0 },
    checkAborted: () => {},
  }
  return cleanLog(pass, await measure(log, cleanedOffset, nowMs))
}

function compare(t: Test, directory: string, one: Case): void {
  const isSegmentFile = (name: string) => /^\d{20}\.\w+$/.test(name)
  // Both take a snapshot when they close; what else there is of them depends on what each has written since it started.
  const isCompared = (name: string) => isSegmentFile(name) && !name.endsWith('.snapshot')
  const found = readdirSync(directory).filter(isCompared).sort()
  const files = new Map(found.map((name) => [name, readFileSync(join(directory, name))]))
  const expected = Object.keys(one.after).filter(isCompared).sort()
  const notEmpty = (name: string, bytes: Buffer | undefined) => name.endsWith('.log') || (bytes?.length ?? 0) > 0
  t.strictSame(
    found.filter((name) => notEmpty(name, files.get(name))),
    expected.filter((name) => notEmpty(name, Buffer.from(one.after[name], 'base64'))),
    'the same files',
  )
  for (const [name, bytes] of files) {
    const theirs = Buffer.from(one.after[name] ?? '', 'base64')
    if (!one.compressed) t.ok(bytes.equals(theirs), `${name} is the same`)
    if (name.endsWith('.log')) t.strictSame(decodeBatches(bytes).map(content), decodeBatches(theirs).map(content), name)
    if (name.endsWith('.txnindex')) t.ok(bytes.equals(theirs), `${name} is the same`)
  }
}

/** Without what depends on the library that compressed it. */
function content(batch: DecodedBatch): unknown {
  const { crc: _crc, sizeInBytes: _size, position: _position, ...rest } = batch
  return rest
}
