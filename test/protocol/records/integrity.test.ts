/**
 * Nothing is stored that consumers cannot read: whatever the implementations of the codecs without native code accept,
 * the reference implementations accept too, and read the same in it. Each bit of small frames is turned.
 */
import { Buffer } from 'node:buffer'
import { createRequire } from 'node:module'
import zlib from 'node:zlib'
import t from 'tap'
import { gunzip } from '../../../protocol/records/compression/gzip.ts'
import type { Inflated } from '../../../protocol/records/compression/inflated.ts'
import { lz4Frame, unlz4 } from '../../../protocol/records/compression/lz4.ts'
import { unsnappy } from '../../../protocol/records/compression/snappy.ts'
import { xxhash64 } from '../../../protocol/records/compression/xxhash64.ts'
import { unzstd, unzstdPortable } from '../../../protocol/records/compression/zstd.ts'
import { readZstdFrame } from '../../../protocol/records/compression/zstd-frame.ts'
import { CompressionType, compress, inflate } from '../../../protocol/records/compression.ts'
import { UnreadableRecordsError } from '../../../protocol/records/errors.ts'

const require = createRequire(import.meta.url)
const MIB = 1024 * 1024
const TEXT = Buffer.from(Array.from({ length: 40 }, (_, i) => `key-${i % 7} value ${i * i} `).join(''))

/** A Zstandard frame with the checksum of its content, which the encoders here leave out. */
function withChecksum(frame: Buffer, content: Buffer): Buffer {
  const sum = Buffer.alloc(4)
  sum.writeUInt32LE(Number(xxhash64(content) & 0xffffffffn))
  const whole = Buffer.concat([frame, sum])
  whole[4] |= 0x04
  return whole
}

const flipped = (bytes: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[bit >> 3] ^= 1 << (bit & 7)
  return copy
}

/** The bytes when all of them are good, else null. */
function accepted(read: () => Inflated | Buffer): Buffer | null {
  try {
    const result = read()
    if (Buffer.isBuffer(result)) return result
    return result.failure === null ? Buffer.from(result.bytes) : null
  } catch {
    return null
  }
}

/** The content that `ours` reads in the frame with each of its bits turned in turn; null: it refuses the frame. */
const readingsOf = (frame: Buffer, ours: (bytes: Buffer) => Inflated): (Buffer | null)[] =>
  Array.from({ length: frame.length * 8 }, (_, bit) => accepted(() => ours(flipped(frame, bit))))

/** The bits whose turning `mine`, the readings of the frame, takes and `reference` refuses, or reads otherwise. */
function kinderThan(frame: Buffer, mine: readonly (Buffer | null)[], reference: (bytes: Buffer) => Buffer): number[] {
  return mine.flatMap((reading, bit) => {
    if (reading === null) return []
    const theirs = accepted(() => reference(flipped(frame, bit)))
    return theirs === null || !theirs.equals(reading) ? [bit] : []
  })
}

t.test('xxh64 has the values of its specification', (t) => {
  const hash = (text: string): string => xxhash64(Buffer.from(text)).toString(16)
  t.equal(hash(''), 'ef46db3751d8e999')
  t.equal(hash('a'), 'd24ec4f1a98c6e5b')
  t.equal(hash('abc'), '44bc2cf5ad770999')
  t.equal(hash('Nobody inspects the spammish repetition'), 'fbcea83c8a378bf1')
  t.end()
})

const native = (() => {
  try {
    const { Decoder } = require('@toondepauw/node-zstd-linux-x64-gnu')
    return (bytes: Buffer): Buffer => new Decoder().decodeSync(bytes)
  } catch {
    return null
  }
})()

t.test('zstd: a wrong checksum is a fault, small and large, with native code and without', (t) => {
  for (const content of [TEXT, Buffer.alloc(200_000, 'some text of no great length, '), Buffer.alloc(0)]) {
    const frame = withChecksum(compress(CompressionType.ZSTD, content), content)
    const wrong = Buffer.from(frame)
    wrong[wrong.length - 1] ^= 1
    for (const read of [unzstd, unzstdPortable]) {
      t.strictSame(read(frame, MIB), { bytes: content, failure: null }, `${read.name}, ${content.length} bytes`)
      t.match(read(wrong, MIB).failure, UnreadableRecordsError)
      t.match(read(Buffer.concat([frame, wrong]), MIB).failure, UnreadableRecordsError)
      // Beyond what the module can be trusted with, others read it: they are no kinder.
      const skippable = Buffer.from('502a4d1802000000aabb', 'hex')
      t.match(read(Buffer.concat([skippable, wrong]), MIB).failure, UnreadableRecordsError)
      t.strictSame(read(Buffer.concat([skippable, frame, skippable]), MIB).failure, null)
    }
    if (native !== null) t.strictSame(native(frame), content, 'the reference agrees on the checksum')
  }
  t.end()
})

t.test('zstd: a length that is declared is kept', (t) => {
  // RFC 8878: a single segment that declares 4 bytes, and a last block of three times the letter a.
  const short = Buffer.from('28b52ffd20041b000061', 'hex')
  t.equal(readZstdFrame(short, 0)?.contentBytes, 4)
  t.match(unzstd(short, 100).failure, UnreadableRecordsError)
  t.match(unzstdPortable(short, 100).failure, UnreadableRecordsError)
  t.end()
})

t.test('zstd without native code is no kinder than the reference, where frames have a checksum', (t) => {
  // fzstd itself takes some sequences that the reference refuses: only the checksum tells.
  const frame = withChecksum(compress(CompressionType.ZSTD, TEXT), TEXT)
  const readings = readingsOf(frame, (bytes) => unzstdPortable(bytes, MIB))
  const CHECKSUM_FLAG = 4 * 8 + 2
  // In the descriptor only the checksum's flag could be turned unnoticed, and even that is noticed: bytes are left.
  t.equal(readings[CHECKSUM_FLAG], null)
  if (native !== null) t.same(kinderThan(frame, readings, native), [])
  t.end()
})

t.test('gzip is no kinder than zlib, but for flags without a meaning, which Java does not look at', (t) => {
  const RESERVED_FLAGS = [29, 30, 31]
  const frame = zlib.gzipSync(TEXT)
  const readings = readingsOf(frame, (bytes) => gunzip(bytes, MIB))
  t.same(
    kinderThan(frame, readings, (bytes) => zlib.gunzipSync(bytes)),
    RESERVED_FLAGS,
  )
  t.end()
})

t.test('lz4 is no kinder than the reference', (t) => {
  const { decompressFrameSync } = require('lz4-napi')
  const frame = lz4Frame(TEXT, 2)
  const readings = readingsOf(frame, (bytes) => unlz4(bytes, MIB, 2))
  t.same(kinderThan(frame, readings, decompressFrameSync), [])
  t.end()
})

t.test('snappy is no kinder than the reference', (t) => {
  const { uncompressSync } = require('snappy')
  const stream = compress(CompressionType.SNAPPY, TEXT)
  const block = stream.subarray(20)
  const readings = readingsOf(block, (bytes) => unsnappy(bytes, MIB))
  t.same(
    kinderThan(block, readings, (bytes) => uncompressSync(bytes, { asBuffer: true })),
    [],
  )
  t.end()
})

t.test('no codec takes a frame that is cut short', (t) => {
  for (const type of [CompressionType.GZIP, CompressionType.LZ4, CompressionType.ZSTD]) {
    const frame = compress(type, TEXT)
    for (let length = 1; length < frame.length; length++) {
      const cut = accepted(() => inflate(type, frame.subarray(0, length), { maxBytes: MIB }))
      if (cut !== null) t.fail(`codec ${type} accepts ${length} of ${frame.length} bytes`)
    }
  }
  t.pass('all of them are refused')
  t.end()
})
