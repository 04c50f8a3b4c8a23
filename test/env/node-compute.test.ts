import { gunzipSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { CompressionType } from '../../protocol/records/compression-type.ts'
import { RecordTooLargeError, UnreadableRecordsError } from '../../protocol/records/errors.ts'
import { nodeClock } from '../../src/env/node/clock.ts'
import { WorkerCompute } from '../../src/env/node/compute.ts'

const text = Buffer.from('all the same, all the same. '.repeat(20_000))
const { GZIP, SNAPPY, LZ4, ZSTD } = CompressionType

t.test('large jobs run in worker threads', async (t) => {
  const compute = new WorkerCompute(nodeClock)
  t.teardown(() => compute.stop())
  t.equal(compute.worthIt(100), false)
  t.equal(compute.worthIt(text.length), true)
  const compressed = await compute.compress(GZIP, text)
  t.ok(gunzipSync(compressed).equals(text))
  const zipped = gzipSync(text)
  const jobs = Array.from({ length: 8 }, () => compute.decompress(GZIP, zipped, { maxBytes: text.length }))
  for (const result of await Promise.all(jobs)) t.ok(result.equals(text))
  t.ok(compute.worthIt(text.length), 'no worker has failed')
  t.ok(gunzipSync(zipped).equals(text), 'the input is left as it was')
})

t.test('every codec', async (t) => {
  const compute = new WorkerCompute(nodeClock)
  t.teardown(() => compute.stop())
  for (const type of [GZIP, SNAPPY, LZ4, ZSTD]) {
    const compressed = await compute.compress(type, text)
    t.ok((await compute.decompress(type, compressed, { maxBytes: text.length })).equals(text))
  }
})

/** Stored blocks of zeros in a frame with a checksum, which is not theirs (RFC 8878). */
const wrongChecksum = Buffer.concat([
  Buffer.from('28b52ffd0438', 'hex'),
  ...Array.from({ length: 9 }, (_, i) => Buffer.concat([storedHeader(100_000, i === 8), Buffer.alloc(100_000)])),
  Buffer.alloc(4, 1),
])

function storedHeader(size: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(3)
  header.writeUIntLE((size << 3) | (isLast ? 1 : 0), 0, 3)
  return header
}

t.test('errors keep their types', async (t) => {
  const compute = new WorkerCompute(nodeClock)
  t.teardown(() => compute.stop())
  const broken = compute.decompress(GZIP, Buffer.alloc(100_000, 1), { magic: 2, maxBytes: 1_000_000 })
  await t.rejects(broken, UnreadableRecordsError)
  const torn = await compute.inflate(GZIP, gzipSync(text).subarray(0, -9), { maxBytes: text.length })
  t.ok(torn.failure instanceof UnreadableRecordsError, 'and so does the fault behind bytes that are good')
  t.equal(torn.bytes.compare(text, 0, torn.bytes.length), 0)
  const { bytes, failure } = await compute.inflate(ZSTD, wrongChecksum, { maxBytes: 1_000_000 })
  t.ok(failure instanceof UnreadableRecordsError, 'a wrong checksum of the content is told by a worker as well')
  t.ok(bytes.length <= 900_000)
  const bomb = compute.decompress(GZIP, gzipSync(text), { magic: 2, maxBytes: 1000 })
  await t.rejects(bomb, RecordTooLargeError)
  t.ok(compute.worthIt(text.length), 'a bad input is no failure of the worker')
})

t.test('after stop, and where no worker can be had, jobs run in place', async (t) => {
  const compute = new WorkerCompute(nodeClock)
  const underWay = compute.compress(GZIP, text)
  await compute.stop()
  t.ok(gunzipSync(await underWay).equals(text))
  t.equal(compute.worthIt(text.length), false)
  t.ok(gunzipSync(await compute.compress(GZIP, text)).equals(text))
})
