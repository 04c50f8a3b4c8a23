/** gzip as Java's GZIPInputStream reads it: any number of members, and whatever follows the last one is ignored. */

import { byteAt } from '../../bytes.ts'
import { unchecked } from '../../unchecked.ts'
import { crc32 } from '../crc32c.ts'
import { zlib } from '../native.ts'
import { beyondLimit, brokenStream, GrowingBuffer, type Inflated, outputLimit } from './inflated.ts'

const ID1 = 0x1f
const ID2 = 0x8b
const DEFLATE = 8
const FLAG_HEADER_CRC = 0x02
const FLAG_EXTRA = 0x04
const FLAG_NAME = 0x08
const FLAG_COMMENT = 0x10
const FIXED_HEADER_BYTES = 10
const TRAILER_BYTES = 8
/** Java looks for another member only where more than this follows the last one's trailer. */
const LEAST_AFTER_TRAILER_BYTES = 18

const NOTHING = Buffer.alloc(0)

export function gzip(bytes: Uint8Array, level: number): Buffer {
  return zlib().gzipSync(bytes, { level })
}

export function gunzip(bytes: Buffer, maxBytes: number): Inflated {
  let at = memberHeader(bytes, 0)
  if (at < 0) throw brokenStream('not in GZIP format')
  let output: GrowingBuffer | null = null
  for (;;) {
    const left = maxBytes - (output?.length ?? 0)
    const member = inflateMember(bytes.subarray(at), left, maxBytes)
    const fault = member.fault ?? trailerFault(bytes, at + member.consumed, member.bytes)
    const next = fault === null ? nextMember(bytes, at + member.consumed + TRAILER_BYTES) : -1
    if (next < 0 && output === null) return finish(member.bytes, fault)
    // A second member is rare enough to pay for joining them.
    if (output === null) output = new GrowingBuffer(member.bytes.length * 2, maxBytes)
    output.append(member.bytes)
    if (next < 0) return finish(output.done(), fault)
    at = next
  }
}

function finish(bytes: Buffer, fault: string | null): Inflated {
  return { bytes, failure: fault === null ? null : brokenStream(fault) }
}

function nextMember(bytes: Buffer, start: number): number {
  return bytes.length - start > LEAST_AFTER_TRAILER_BYTES ? memberHeader(bytes, start) : -1
}

/** Where the deflated data of the member at `start` begins, or -1 when there is no member. */
function memberHeader(bytes: Buffer, start: number): number {
  if (bytes.length - start < FIXED_HEADER_BYTES) return -1
  if (byteAt(bytes, start) !== ID1 || byteAt(bytes, start + 1) !== ID2 || byteAt(bytes, start + 2) !== DEFLATE)
    return -1
  const flags = byteAt(bytes, start + 3)
  let at = start + FIXED_HEADER_BYTES
  if ((flags & FLAG_EXTRA) !== 0) {
    if (bytes.length - at < 2) return -1
    at += 2 + bytes.readUInt16LE(at)
  }
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue
    const zero = bytes.indexOf(0, at)
    if (zero < 0) return -1
    at = zero + 1
  }
  if ((flags & FLAG_HEADER_CRC) !== 0) {
    if (bytes.length - at < 2 || bytes.readUInt16LE(at) !== (crc32(bytes, start, at) & 0xffff)) return -1
    at += 2
  }
  return at <= bytes.length ? at : -1
}

interface Member {
  bytes: Buffer
  /** Bytes of input that the deflated data took. */
  consumed: number
  fault: string | null
}

interface InflateResult {
  buffer: Buffer
  engine: { bytesWritten: number }
}

function inflateMember(bytes: Buffer, left: number, maxBytes: number): Member {
  try {
    const { buffer, engine } = inflateRaw(bytes, left, zlib().constants.Z_FINISH)
    return { bytes: buffer, consumed: engine.bytesWritten, fault: null }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ERR_BUFFER_TOO_LARGE') throw beyondLimit(maxBytes)
    if (code !== 'Z_BUF_ERROR' && code !== 'Z_DATA_ERROR') throw error
    // Kafka inflates a chunk at a time and a chunk with bad data is lost, so what came before it is mostly not seen.
    if (code === 'Z_DATA_ERROR') return { bytes: NOTHING, consumed: bytes.length, fault: (error as Error).message }
    const { buffer } = inflateRaw(bytes, left, zlib().constants.Z_SYNC_FLUSH)
    return { bytes: buffer, consumed: bytes.length, fault: 'Unexpected end of ZLIB input stream' }
  }
}

function inflateRaw(bytes: Buffer, left: number, finishFlush: number): InflateResult {
  const options = { maxOutputLength: outputLimit(left), finishFlush, info: true }
  // With `info` Node answers an object, which its types do not say.
  return unchecked<InflateResult>(zlib().inflateRawSync(bytes, options))
}

function trailerFault(bytes: Buffer, at: number, inflated: Buffer): string | null {
  if (bytes.length - at < TRAILER_BYTES) return 'Unexpected end of ZLIB input stream'
  const good = bytes.readUInt32LE(at) === crc32(inflated) && bytes.readUInt32LE(at + 4) === inflated.length >>> 0
  return good ? null : 'Corrupt GZIP trailer'
}
