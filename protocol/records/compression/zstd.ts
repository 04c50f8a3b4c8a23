/**
 * Zstandard. Frames are inflated by a native module where there is one, else by Node, which has it from 22.15 on, else
 * by `fzstd`, which is JavaScript and takes eight times as long. They are made by Node or by the module; without either
 * their blocks are stored: right for every reader, but not smaller. The process warns of that once, with the first such
 * frame.
 */

import { byteAt } from '../../bytes.ts'
import type { UnreadableRecordsError } from '../errors.ts'
import { loadModule, loadNative, zlib } from '../native.ts'
import { beyondLimit, brokenStream, GrowingBuffer, type Inflated, outputLimit } from './inflated.ts'
import { xxhash64 } from './xxhash64.ts'
import {
  endOfSkippableFrame,
  ZSTD_FRAME_MAGIC as FRAME_MAGIC,
  ZSTD_MAX_BLOCK_BYTES as MAX_BLOCK_BYTES,
  mostInflatedBytes,
  readZstdFrame,
  type ZstdFrame,
} from './zstd-frame.ts'

/** The functions that Node's typings of version 20 do not know yet. */
type NodeZstd = {
  zstdCompressSync?(bytes: Uint8Array, options: { params: Record<number, number> }): Buffer
  zstdDecompressSync?(
    bytes: Uint8Array,
    options: { maxOutputLength: number; finishFlush?: number; info: true },
  ): NodeZstdResult
}
type NodeZstdResult = { buffer: Buffer; engine: { bytesWritten: number } }
type NativeZstd = {
  Encoder: new (level: number) => { encodeSync(bytes: Buffer): Buffer }
  Decoder: new () => { decodeSync(bytes: Buffer): Buffer }
}
type Fzstd = {
  Decompress: new (ondata: (data: Uint8Array) => void) => { push(chunk: Uint8Array, final: boolean): void }
}

/** ZSTD_e_continue: the end of the input is not the end of the stream. */
const FLUSH_CONTINUE = 0
/** ZSTD_c_compressionLevel */
const PARAMETER_LEVEL = 100
/** The limit of the reference decoder: a frame that wants a larger window is refused. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024

/** The native module is published for these platforms alone, so that its parts are asked for by their names. */
const NATIVE_MODULES = ['@toondepauw/node-zstd-linux-x64-gnu', '@toondepauw/node-zstd-linux-x64-musl']
const NOTHING = Buffer.alloc(0)

const node = (): NodeZstd => zlib() as NodeZstd

function nativeZstd(): NativeZstd | null {
  for (const name of NATIVE_MODULES) {
    const native = loadNative<NativeZstd>(name)
    if (native !== null) return native
  }
  return null
}

/** Whether nothing here makes frames smaller than their content; the platforms are in the README. */
export function storesZstd(): boolean {
  return node().zstdCompressSync === undefined && nativeZstd() === null
}

let hasWarned = false

function warnOnce(): void {
  if (hasWarned) return
  hasWarned = true
  process.emitWarning(
    'Batches are written with compression type zstd and are not smaller for it: Node compresses zstd from 22.15 on. Use that, or another compression.type.',
    { type: 'SamsaWarning', code: 'SAMSA_ZSTD_STORED' },
  )
}

export function zstd(bytes: Uint8Array, level: number): Buffer {
  const { zstdCompressSync } = node()
  if (zstdCompressSync !== undefined) return zstdCompressSync(bytes, { params: { [PARAMETER_LEVEL]: level } })
  const native = nativeZstd()
  if (native === null) {
    warnOnce()
    return zstdStored(bytes)
  }
  return new native.Encoder(level).encodeSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
}

/** Any number of frames, one after another. */
export function unzstd(bytes: Buffer, maxBytes: number): Inflated {
  // Node's own makes a stream for each call, which costs more than a batch.
  const native = unzstdNative(bytes, maxBytes)
  if (Buffer.isBuffer(native)) return { bytes: native, failure: null }
  const inflated =
    node().zstdDecompressSync === undefined ? unzstdPortable(bytes, maxBytes) : unzstdNode(bytes, maxBytes)
  // Consumers refuse every frame that the reference implementation refuses: nobody may be kinder than that.
  return native === null ? inflated : { bytes: inflated.bytes, failure: inflated.failure ?? native }
}

function unzstdNode(bytes: Buffer, maxBytes: number): Inflated {
  let at = 0
  let output: GrowingBuffer | null = null
  do {
    const frame = inflateFrame(bytes.subarray(at), maxBytes - (output?.length ?? 0), maxBytes)
    at += frame.consumed
    if (output === null && (at === bytes.length || frame.failure !== null)) {
      return { bytes: frame.bytes, failure: frame.failure }
    }
    // A second frame is rare enough to pay for joining them.
    output ??= new GrowingBuffer(frame.bytes.length * 2, maxBytes)
    output.append(frame.bytes)
    if (frame.failure !== null) return { bytes: output.done(), failure: frame.failure }
  } while (at < bytes.length)
  return { bytes: output.done(), failure: null }
}

function inflateFrame(bytes: Buffer, left: number, maxBytes: number): Inflated & { consumed: number } {
  try {
    const { buffer, engine } = nodeDecompress(bytes, left)
    return { bytes: buffer, consumed: engine.bytesWritten, failure: null }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') throw beyondLimit(maxBytes)
    if (code !== 'Z_BUF_ERROR' && !code?.startsWith('ZSTD_error')) throw error
    // The blocks that are whole can be read in a frame that is cut short.
    const seen = code === 'Z_BUF_ERROR' ? nodeDecompress(bytes, left, FLUSH_CONTINUE).buffer : NOTHING
    return { bytes: seen, consumed: bytes.length, failure: brokenStream(message) }
  }
}

function nodeDecompress(bytes: Buffer, left: number, finishFlush?: number): NodeZstdResult {
  const maxOutputLength = outputLimit(left)
  const options = finishFlush === undefined ? { maxOutputLength } : { maxOutputLength, finishFlush }
  return node().zstdDecompressSync!(bytes, { ...options, info: true })
}

/**
 * Null where it takes the other way: the module has no limit of its own, so frames must say that they stay below ours.
 * An error where it refuses them; of such frames the beginning counts, which it does not give.
 */
function unzstdNative(bytes: Buffer, maxBytes: number): Buffer | UnreadableRecordsError | null {
  const mostBytes = mostInflatedBytes(bytes)
  if (mostBytes === null || mostBytes > maxBytes) return null
  const native = nativeZstd()
  if (native === null) return null
  try {
    return new native.Decoder().decodeSync(bytes)
  } catch (error) {
    return brokenStream((error as Error).message)
  }
}

/** The implementation without native code. */
export function unzstdPortable(bytes: Buffer, maxBytes: number): Inflated {
  const output = new GrowingBuffer(bytes.length * 3, maxBytes)
  let failure: UnreadableRecordsError | null = null
  for (let at = 0; failure === null && (at < bytes.length || at === 0); ) {
    const skipped = endOfSkippableFrame(bytes, at)
    const frame = skipped === null ? readZstdFrame(bytes, at) : null
    const end = skipped ?? frame?.end ?? bytes.length
    if (skipped === null) failure = inflatePortable(bytes.subarray(at, end), frame, output)
    at = Math.max(end, 1)
  }
  return { bytes: output.done(), failure }
}

/**
 * The fault of one frame, whose headers make sense unless `frame` is null. fzstd compares neither length nor checksum.
 */
function inflatePortable(bytes: Buffer, frame: ZstdFrame | null, output: GrowingBuffer): UnreadableRecordsError | null {
  const start = output.length
  let tooLarge: Error | null = null
  const { Decompress } = loadModule<Fzstd>('fzstd')
  try {
    checkWindow(bytes)
    const stream = new Decompress((data) => {
      try {
        output.append(data)
      } catch (error) {
        tooLarge = error as Error
        throw error
      }
    })
    stream.push(bytes, true)
  } catch (error) {
    if (tooLarge !== null) throw tooLarge
    return brokenStream((error as Error).message)
  }
  if (frame === null) return bytes.length === 0 ? null : brokenStream('Unknown frame descriptor')
  const content = output.bytes.subarray(start, output.length)
  if (frame.contentBytes !== null && frame.contentBytes !== content.length) {
    return brokenStream('Data corruption detected: the content has not the length that its frame declares')
  }
  const isIntact = frame.checksum === null || frame.checksum === Number(xxhash64(content) & 0xffffffffn)
  return isIntact ? null : brokenStream("Restored data doesn't match checksum")
}

/** One frame of stored blocks; a block of one repeated byte takes four bytes. */
export function zstdStored(bytes: Uint8Array): Buffer {
  const blocks = Math.max(1, Math.ceil(bytes.length / MAX_BLOCK_BYTES))
  const output = Buffer.allocUnsafe(6 + blocks * 3 + bytes.length)
  output.writeUInt32LE(FRAME_MAGIC, 0)
  // No content size, as Kafka writes it, and a window of 128 KiB.
  output[4] = 0
  output[5] = 7 << 3
  let to = 6
  for (let block = 0; block < blocks; block++) {
    const content = bytes.subarray(block * MAX_BLOCK_BYTES, (block + 1) * MAX_BLOCK_BYTES)
    const repeats = content.length > 1 && content.every((byte) => byte === content[0])
    const last = block === blocks - 1 ? 1 : 0
    output.writeUIntLE((content.length << 3) | (repeats ? 2 : 0) | last, to, 3)
    const stored = repeats ? content.subarray(0, 1) : content
    output.set(stored, to + 3)
    to += 3 + stored.length
  }
  return output.subarray(0, to)
}

/** fzstd makes room for whatever window the first frame asks for. */
function checkWindow(bytes: Buffer): void {
  const singleSegment = (byteAt(bytes, 4) & 0x20) !== 0
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== FRAME_MAGIC || singleSegment) return
  const exponentBytes = 2 ** (10 + (byteAt(bytes, 5) >>> 3))
  if (exponentBytes + (exponentBytes / 8) * (byteAt(bytes, 5) & 7) > MAX_WINDOW_BYTES) {
    throw brokenStream('Frame requires too much memory for decoding')
  }
}
