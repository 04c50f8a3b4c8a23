/** Longer strings are quicker in the engine's own decoder, shorter ones without the call into it. */
import { byteAt } from './bytes.ts'

const SHORT = 12

/**
 * Text of `length` bytes from `start`, with what is not UTF-8 replaced as Java does it: a client's bad name must become
 * the same name here as in Kafka.
 */
export function decodeUtf8(bytes: Buffer, start: number, length: number): string {
  if (length <= SHORT) {
    let text = ''
    let i = start
    const end = start + length
    while (i < end && byteAt(bytes, i) < 0x80) text += String.fromCharCode(byteAt(bytes, i++))
    if (i === end) return text
  }
  const text = bytes.toString('utf8', start, start + length)
  return text.includes('\ufffd') ? replaceLikeJava(bytes.subarray(start, start + length)) : text
}

/**
 * Java and the WHATWG decoder agree on how many replacement characters malformed bytes become, but for encoded
 * surrogates: ED A0..BF and the byte that may continue it are one replacement in Java, one for each byte here. As ED
 * never continues a character, such a group can be found anywhere and swapped for one byte that is always malformed.
 */
function replaceLikeJava(bytes: Buffer): string {
  const out = Buffer.allocUnsafe(bytes.length)
  let size = 0
  for (let i = 0; i < bytes.length; i++) {
    if (byteAt(bytes, i) === 0xed && byteAt(bytes, i + 1) >= 0xa0 && byteAt(bytes, i + 1) <= 0xbf) {
      out[size++] = 0xff
      i += (byteAt(bytes, i + 2) & 0xc0) === 0x80 ? 2 : 1
    } else {
      out[size++] = byteAt(bytes, i)
    }
  }
  return out.toString('utf8', 0, size)
}
