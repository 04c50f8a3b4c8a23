import { join } from 'node:path'
import t from 'tap'
import { append, openLog, records, temporaryDirectory } from '../../../proof/log/support.ts'
import { decodeBatches } from '../../../protocol/records/decode.ts'
import { releaseAll, slabChecks } from '../../../src/env/slab-pool.ts'
import type { PartitionLog } from '../../../src/log/partition-log.ts'

const BATCHES = 120
const BATCH_RECORDS = 4
const VALUE_BYTES = 3_000

const valueAt = (offset: number): string => String(offset).padEnd(VALUE_BYTES, '.')

/** Segments of 50 batches, all of it in files alone. */
async function filledLog(t: { teardown(fn: () => void): unknown }): Promise<PartitionLog> {
  const directory = join(temporaryDirectory(t), 't-0')
  const log = await openLog({ directory, config: { segmentBytes: 600_000 }, context: { tailCacheBytes: 0 } })
  await appendUpTo(log, BATCHES * BATCH_RECORDS)
  return log
}

async function appendUpTo(log: PartitionLog, end: number): Promise<void> {
  while (log.logEndOffset < end) {
    const first = log.logEndOffset
    await append(log, records(Array.from({ length: BATCH_RECORDS }, (_, i) => valueAt(first + i))))
  }
}

/** One fetch, let go of once it is read: the offset to go on with, or null when something was wrong. */
async function fetchOnce(log: PartitionLog, offset: number, maxBytes: number): Promise<number | null> {
  const { buffers } = await log.read(offset, { maxBytes, upToOffset: log.replica.highWatermark, minOneBatch: true })
  const batches = decodeBatches(Buffer.concat(buffers))
  releaseAll(buffers)
  if (batches.length === 0 || Number(batches[0].baseOffset) > offset) return null
  const right = batches.every((batch) =>
    batch.records.every((record) => String(record.value) === valueAt(Number(record.offset))),
  )
  return right ? Number(batches[batches.length - 1].lastOffset) + 1 : null
}

for (const checked of [false, true]) {
  t.test(
    `readers that go on where they stopped read what is there${checked ? ', freed memory overwritten' : ''}`,
    async (t) => {
      slabChecks.enabled = checked
      t.teardown(() => {
        slabChecks.enabled = false
      })
      const log = await filledLog(t)
      // One behind the other, of different appetites, and two at the same place.
      const readers = [
        { next: 0, maxBytes: 100_000 },
        { next: 0, maxBytes: 100_000 },
        { next: 8, maxBytes: 70_000 },
        { next: 0, maxBytes: 5_000 },
      ]
      for (let turn = 0; turn < BATCHES; turn++) {
        await Promise.all(
          readers.map(async (reader) => {
            if (reader.next >= log.logEndOffset) return
            const next = await fetchOnce(log, reader.next, reader.maxBytes)
            if (next === null) t.fail(`at ${reader.next}, ${reader.maxBytes} bytes at a time`)
            reader.next = next ?? log.logEndOffset
          }),
        )
      }
      t.strictSame(
        readers.map(({ next }) => next),
        readers.map(() => log.logEndOffset),
      )
      await log.close()
    },
  )
}

t.test('what was remembered of a log that was cut since is not believed', async (t) => {
  const log = await filledLog(t)
  let next = 0
  while (next < 200) next = (await fetchOnce(log, next, 100_000))!
  await log.truncateTo(160)
  await append(log, records([valueAt(160)]))
  await appendUpTo(log, 400)
  for (const offset of [next, 160, 161]) t.ok(await fetchOnce(log, offset, 100_000), `offset ${offset}`)
  await log.close()
})
