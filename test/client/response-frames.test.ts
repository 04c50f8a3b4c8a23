/** Responses cut from a stream: wherever it is cut, and whether large ones are read straight into slabs or not. */
import t from 'tap'
import { ResponseFrames } from '../../src/client/response-frames.ts'
import { release, SlabPool, slabOf } from '../../src/env/slab-pool.ts'

const frameOf = (size: number, seed: number): Buffer =>
  Buffer.from(Array.from({ length: size }, (_, at) => (at * seed) % 251))
const SIZES = [4, 100, 16 * 1024 - 1, 16 * 1024, 70_000, 5, 1_200_000, 33_333]
const FRAMES = SIZES.map((size, index) => frameOf(size, index + 3))
const STREAM = Buffer.concat(
  FRAMES.flatMap((frame) => {
    const size = Buffer.alloc(4)
    size.writeInt32BE(frame.length)
    return [size, frame]
  }),
)

/** Gives the stream in pieces, each to where the reader wants it, as a network does. */
function read(frames: ResponseFrames, pieceBytes: (at: number) => number, each: (frame: Buffer) => void): void {
  for (let at = 0; at < STREAM.length; ) {
    const target = frames.target()
    const count = Math.min(pieceBytes(at), target?.length ?? Number.POSITIVE_INFINITY, STREAM.length - at)
    if (target === null) for (const frame of frames.push(Buffer.from(STREAM.subarray(at, at + count)))) each(frame)
    else {
      STREAM.copy(target, 0, at, at + count)
      const frame = frames.filled(count)
      if (frame !== null) each(frame)
    }
    at += count
  }
}

for (const pieceBytes of [61, 1024, 65_536, 10_000_000]) {
  t.test(`in pieces of ${pieceBytes} bytes`, async (t) => {
    for (const memory of [null, new SlabPool()]) {
      const found: Buffer[] = []
      read(
        new ResponseFrames(4_000_000, memory),
        () => pieceBytes,
        (frame) => found.push(frame),
      )
      t.ok(found.length === FRAMES.length && found.every((frame, index) => frame.equals(FRAMES[index]!)))
    }
  })
}

t.test('large responses lie in slabs, which are used again when they are released', async (t) => {
  const memory = new SlabPool()
  const slabs = new Set<unknown>()
  const inSlab: number[] = []
  for (let round = 0; round < 20; round++) {
    read(
      new ResponseFrames(4_000_000, memory),
      () => 65_536,
      (frame) => {
        const slab = slabOf(frame)
        if (slab === undefined) return
        slabs.add(slab)
        if (round === 0) inSlab.push(frame.length)
        release(frame)
      },
    )
  }
  t.same(inSlab, [16 * 1024, 70_000, 33_333], 'neither small ones nor those beyond a slab')
  t.ok(slabs.size < 4, 'twenty times the same memory')
})

t.test('a size that no response has', async (t) => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(1001)
  t.throws(() => [...new ResponseFrames(1000).push(size)], { name: 'ClientError', message: /cannot have 1001 bytes/ })
})
