import { Buffer } from 'node:buffer'
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import zlib from 'node:zlib'
import t from 'tap'
import { lz4Frame, unlz4 } from '../../../protocol/records/compression/lz4.ts'
import {
  compressBlock,
  decompressBlock,
  maxCompressedLength,
} from '../../../protocol/records/compression/snappy-block.ts'
import { xxhash32 } from '../../../protocol/records/compression/xxhash32.ts'
import { unzstd, unzstdPortable, zstdStored } from '../../../protocol/records/compression/zstd.ts'
import { mostInflatedBytes } from '../../../protocol/records/compression/zstd-frame.ts'
import {
  CompressionType,
  compress,
  compressionName,
  compressionTypeOf,
  compressionTypeOfId,
  decompress,
  inflate,
} from '../../../protocol/records/compression.ts'
import { RecordTooLargeError, UnreadableRecordsError } from '../../../protocol/records/errors.ts'

const CODECS = [CompressionType.GZIP, CompressionType.SNAPPY, CompressionType.LZ4, CompressionType.ZSTD]
const MIB = 1024 * 1024

/** Half repetitive, half not, in blocks larger than any codec's. */
function sample(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0
    bytes[i] = i % 5000 < 2500 ? i % 11 : state >>> 24
  }
  return bytes
}

t.test('names and ids are those of configs and attributes', (t) => {
  t.strictSame(Object.values(CompressionType).map(compressionName), ['none', 'gzip', 'snappy', 'lz4', 'zstd'])
  t.equal(compressionTypeOf('lz4'), CompressionType.LZ4)
  t.equal(compressionTypeOf('producer'), undefined)
  t.throws(() => compressionTypeOfId(5), UnreadableRecordsError)
  t.end()
})

t.test('nothing inflates beyond the bytes allowed', (t) => {
  const bomb = Buffer.alloc(4 * MIB)
  for (const type of CODECS) {
    const packed = compress(type, bomb)
    t.equal(decompress(type, packed, { maxBytes: bomb.length }).length, bomb.length, compressionName(type))
    for (const maxBytes of [bomb.length - 1, 1000, 0]) {
      t.throws(
        () => decompress(type, packed, { maxBytes }),
        RecordTooLargeError,
        `${compressionName(type)} ${maxBytes}`,
      )
    }
  }
  t.throws(() => unzstdPortable(zstdStored(bomb), 1000), RecordTooLargeError)
  t.end()
})

t.test('a declared length is not believed', (t) => {
  // Snappy: two gigabytes from three bytes. Zstandard: a window of 3.75 TB.
  const snappy = Buffer.from('ffffffff0700', 'hex')
  t.throws(() => decompress(CompressionType.SNAPPY, snappy, { maxBytes: 2 ** 31 }), UnreadableRecordsError)
  const zstd = Buffer.from('28b52ffd00ff010000', 'hex')
  t.throws(() => decompress(CompressionType.ZSTD, zstd, { maxBytes: 2 ** 31 }), UnreadableRecordsError)
  t.match(unzstdPortable(zstd, 2 ** 31).failure, UnreadableRecordsError)
  t.end()
})

t.test('zstd: frames follow each other, one that is skippable among them', (t) => {
  const skippable = Buffer.from('502a4d1802000000aabb', 'hex')
  const frame = compress(CompressionType.ZSTD, Buffer.from('content '))
  const stream = Buffer.concat([frame, skippable, frame])
  const limits = { maxBytes: 100 }
  t.equal(decompress(CompressionType.ZSTD, stream, limits).toString(), 'content content ')
  t.equal(unzstdPortable(stream, 100).bytes.toString(), 'content content ')
  const cut = inflate(CompressionType.ZSTD, stream.subarray(0, stream.length - 1), limits)
  t.match(cut.failure, UnreadableRecordsError)
  t.match(cut.bytes.toString(), /^content /)
  t.end()
})

t.test('gzip: members follow each other, and what follows the last one is ignored', (t) => {
  const members = Buffer.concat([zlib.gzipSync('one '), zlib.gzipSync('two '), zlib.gzipSync('three')])
  const limits = { maxBytes: 100 }
  t.equal(decompress(CompressionType.GZIP, members, limits).toString(), 'one two three')
  t.equal(
    decompress(CompressionType.GZIP, Buffer.concat([members, Buffer.alloc(40, 7)]), limits).toString(),
    'one two three',
  )
  t.throws(() => decompress(CompressionType.GZIP, members, { maxBytes: 10 }), RecordTooLargeError)
  t.end()
})

t.test('gzip: a broken trailer shows only after the bytes before it', (t) => {
  const packed = zlib.gzipSync('content')
  packed[packed.length - 6] ^= 1
  const { bytes, failure } = inflate(CompressionType.GZIP, packed, { maxBytes: 100 })
  t.equal(bytes.toString(), 'content')
  t.match(failure, UnreadableRecordsError)
  t.end()
})

t.test('snappy: a bare block and streams one after another', (t) => {
  const limits = { maxBytes: MIB }
  const content = sample(100_000)
  const bare = Buffer.alloc(maxCompressedLength(content.length))
  const size = compressBlock(content, 0, content.length, bare, 0)
  t.ok(decompress(CompressionType.SNAPPY, bare.subarray(0, size), limits).equals(content))
  const twice = Buffer.concat([compress(CompressionType.SNAPPY, content), compress(CompressionType.SNAPPY, content)])
  t.ok(decompress(CompressionType.SNAPPY, twice, limits).equals(Buffer.concat([content, content])))
  t.end()
})

t.test('lz4: the old header checksum is written and accepted in magic 0 alone', (t) => {
  const old = compress(CompressionType.LZ4, Buffer.from('content'), undefined, 0)
  t.equal(decompress(CompressionType.LZ4, old, { magic: 0, maxBytes: 100 }).toString(), 'content')
  t.throws(() => decompress(CompressionType.LZ4, old, { magic: 1, maxBytes: 100 }), UnreadableRecordsError)
  t.end()
})

t.test('lz4: checksums of blocks are compared, linked blocks refused, the rest of the stream ignored', (t) => {
  const block = Buffer.from('content of one block')
  const frame = lz4FrameOf(0x70, block, xxhash32(block, 0, block.length))
  t.equal(unlz4(frame, 100, 2).bytes.toString(), block.toString())
  t.equal(unlz4(frame, 100, 2).failure, null)
  t.equal(unlz4(Buffer.concat([frame, frame]), 100, 2).bytes.toString(), block.toString())
  t.match(unlz4(lz4FrameOf(0x70, block, 1), 100, 2).failure, UnreadableRecordsError)
  t.throws(() => unlz4(lz4FrameOf(0x40, block), 100, 2), UnreadableRecordsError)
  t.end()
})

t.test(
  'lz4: the checksum of the whole content is skipped, and what is broken is read as far as it goes, at any size',
  (t) => {
    for (const length of [100, 5_000, 60_000]) {
      const content = sample(length)
      const frame = lz4FrameOf(0x64, content)
      const wrong = Buffer.concat([frame, Buffer.from([1, 2, 3, 4])])
      t.strictSame(unlz4(wrong, MIB, 2), { bytes: content, failure: null }, `${length} bytes`)
      const cut = Buffer.concat([frame.subarray(0, -4), lz4FrameOf(0x60, content).subarray(7, -8)])
      const { bytes, failure } = unlz4(cut, MIB, 2)
      t.match(failure, UnreadableRecordsError)
      t.strictSame(bytes, content)
    }
    t.end()
  },
)

t.test('zstd: what frames can give is told by their blocks', (t) => {
  // RFC 8878: magic, a single segment that declares 3 bytes, a last block: three times the letter a.
  const repeated = Buffer.from('28b52ffd20031b000061', 'hex')
  t.equal(mostInflatedBytes(repeated), 3)
  t.equal(unzstd(repeated, 100).bytes.toString(), 'aaa')
  t.equal(mostInflatedBytes(Buffer.concat([repeated, repeated])), 6)
  for (const broken of ['', '28b52ffd', '28b52ffd21031b000061', '28b52ffd20031a000061', '28b52ffd20031f000061']) {
    t.equal(mostInflatedBytes(Buffer.from(broken, 'hex')), null, broken)
  }
  const packed = compress(CompressionType.ZSTD, sample(MIB))
  t.ok(mostInflatedBytes(packed)! >= MIB && mostInflatedBytes(packed)! < 2 * MIB)
  t.equal(mostInflatedBytes(packed.subarray(0, -1)), null)
  t.strictSame(unzstd(packed, 2 * MIB), unzstdPortable(packed, 2 * MIB))
  t.end()
})

/** A frame with one stored block. */
function lz4FrameOf(flags: number, block: Buffer, checksum?: number): Buffer {
  const descriptor = Buffer.from([flags, 0x40])
  const sums = Buffer.alloc(checksum === undefined ? 0 : 4)
  if (checksum !== undefined) sums.writeUInt32LE(checksum)
  const size = Buffer.alloc(4)
  size.writeUInt32LE((0x80000000 | block.length) >>> 0)
  const headerChecksum = Buffer.from([(xxhash32(descriptor, 0, 2) >>> 8) & 0xff])
  return Buffer.concat([Buffer.from('04224d18', 'hex'), descriptor, headerChecksum, size, block, sums, Buffer.alloc(4)])
}

t.test('xxh32 has the values of its specification', (t) => {
  const hash = (text: string): number => xxhash32(Buffer.from(text), 0, Buffer.byteLength(text))
  t.equal(hash(''), 0x02cc5d05)
  t.equal(hash('a'), 0x550d7456)
  t.equal(hash('abc'), 0x32d153ff)
  t.equal(hash('Nobody inspects the spammish repetition'), 0xe2293b2f)
  t.end()
})

t.test('the JavaScript codecs are read by the others, and read them', (t) => {
  const limits = { maxBytes: 8 * MIB }
  for (const length of [0, 1, 12, 13, 64, 65_535, 65_536, 65_537, 300_000]) {
    const content = sample(length)
    t.ok(decompress(CompressionType.LZ4, lz4Frame(content, 2), limits).equals(content), `lz4 ${length}`)
    t.ok(decompress(CompressionType.ZSTD, zstdStored(content), limits).equals(content), `zstd ${length}`)
    t.ok(unzstdPortable(compress(CompressionType.ZSTD, content), MIB).bytes.equals(content), `fzstd ${length}`)
    const block = Buffer.alloc(maxCompressedLength(length))
    const end = compressBlock(content, 0, length, block, 0)
    const output = Buffer.alloc(length)
    t.ok(decompressBlock(block, 0, end, output, 0, length) && output.equals(content), `snappy ${length}`)
  }
  t.end()
})

t.test('what codecs make is collected young, before the engine marks the whole heap for it', async (t) => {
  const text = Buffer.from('the quick brown fox jumps over the lazy dog. '.repeat(1_500))
  let collections = 0
  const count = (entries: readonly PerformanceEntry[]) => {
    const kinds = entries.map((entry) => (entry as PerformanceEntry & { detail: { kind: number } }).detail.kind)
    collections += kinds.filter((kind) => kind === constants.NODE_PERFORMANCE_GC_MINOR).length
  }
  const observer = new PerformanceObserver((list) => count(list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  for (const type of CODECS) {
    const bytes = compress(type, text)
    for (let i = 0; i < 1_000; i++) decompress(type, bytes, { maxBytes: MIB })
  }
  await setImmediate()
  count(observer.takeRecords())
  observer.disconnect()
  const asked = Math.floor((CODECS.length * 1_000 * text.length) / (4 * MIB))
  // Some entries arrive late; without asking there are few.
  t.ok(collections > asked / 2, `${collections} young collections, of which ${asked} were asked for`)
})
