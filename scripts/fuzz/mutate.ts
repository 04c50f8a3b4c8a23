/** Seeded damage to bytes: what a broken or hostile client might send. */

/** A small generator of its own (mulberry32), so that a seed means the same everywhere. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** Lengths and counts that parsers trip over: the largest, the smallest, null, and varints that never end. */
const NASTY = [
  '7fffffff',
  '80000000',
  'ffffffff',
  '00000000',
  'ffffffff0f',
  'ffffffff07',
  'ffffffffffffffffff01',
  '8080808080',
  'ffff',
  '7fff',
  '8000',
  '00',
  '01',
  'ff',
].map((hex) => Buffer.from(hex, 'hex'))

export function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  let mutant: Buffer = Buffer.from(bytes)
  for (let times = 1 + random(3); times > 0; times--) mutant = mutateOnce(mutant, random)
  return mutant
}

function mutateOnce(bytes: Buffer, random: (below: number) => number): Buffer {
  const at = random(bytes.length + 1)
  switch (random(7)) {
    case 0: // one bit
      if (at < bytes.length) bytes[at] ^= 1 << random(8)
      return bytes
    case 1: // one byte
      if (at < bytes.length) bytes[at] = random(256)
      return bytes
    case 2: // cut off
      return bytes.subarray(0, at)
    case 3: // something nasty in place of what was there
      NASTY[random(NASTY.length)].copy(bytes, at)
      return bytes
    case 4: // something nasty in between
      return Buffer.concat([bytes.subarray(0, at), NASTY[random(NASTY.length)], bytes.subarray(at)])
    case 5: {
      // a piece twice
      const end = Math.min(bytes.length, at + 1 + random(16))
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
    }
    default: {
      // a piece gone
      const end = Math.min(bytes.length, at + 1 + random(8))
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
    }
  }
}
