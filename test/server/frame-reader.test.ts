import fc from 'fast-check'
import t from 'tap'
import { release, slabChecks } from '../../src/env/slab-pool.ts'
import { FrameReader, ReceiveMemory } from '../../src/server/frame-reader.ts'
import { repetitions } from '../support/repetitions.ts'

const MAX_BYTES = 1_000_000

const framed = (body: Buffer): Buffer => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

/** Pushes the chunks one after another and takes out every frame as soon as it is there. */
function readAll(chunks: readonly Buffer[], maxBytes = MAX_BYTES): Buffer[] {
  const reader = new FrameReader(() => maxBytes, new ReceiveMemory(() => true))
  const frames: Buffer[] = []
  for (const chunk of chunks) {
    reader.push(chunk)
    for (let frame = reader.next(); frame !== null; frame = reader.next()) frames.push(frame)
  }
  return frames
}

t.test('frames of any split come out whole and in order', (t) => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 })
  const cuts = fc.array(fc.nat({ max: 2500 }), { maxLength: 30 })
  fc.assert(
    fc.property(bodies, cuts, (bodies, cuts) => {
      const expected = bodies.map((body) => Buffer.from(body))
      const stream = Buffer.concat(expected.map(framed))
      const edges = [...new Set([0, ...cuts.filter((cut) => cut < stream.length), stream.length])].sort((a, b) => a - b)
      const chunks = edges.slice(1).map((end, i) => stream.subarray(edges[i], end))
      const frames = readAll(chunks)
      return frames.length === expected.length && frames.every((frame, i) => frame.equals(expected[i]))
    }),
  )
  t.end()
})

t.test('byte by byte', (t) => {
  const bodies = [Buffer.from('first'), Buffer.alloc(0), Buffer.from('second')]
  const stream = Buffer.concat(bodies.map(framed))
  t.same(readAll([...stream].map((byte) => Buffer.from([byte]))), bodies)
  t.end()
})

/** The memory of a chunk is used again when `keep` has been called. */
const arrive = (reader: FrameReader, chunk: Buffer, use: () => void) => {
  const borrowed = Buffer.from(chunk)
  reader.push(borrowed)
  use()
  reader.keep()
  borrowed.fill(0xee)
}

t.test('frames outlive the memory that they arrived in, whatever it takes to make them whole', (t) => {
  t.teardown(() => {
    slabChecks.enabled = false
  })
  const sizes = fc.array(fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 200_000 }), fc.constant(1_300_000)), {
    maxLength: 6,
  })
  const reads = fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 131_072 })))
  fc.assert(
    fc.property(
      sizes,
      reads,
      fc.infiniteStream(fc.boolean()),
      fc.boolean(),
      fc.boolean(),
      (sizes, reads, waits, pooled, checked) => {
        slabChecks.enabled = checked
        const bodies = sizes.map((size, i) => Buffer.alloc(size, i + 1))
        const stream = Buffer.concat(bodies.map(framed))
        const reader = new FrameReader(() => 2_000_000, new ReceiveMemory(() => pooled))
        const held: Buffer[] = []
        let right = 0
        const take = () => {
          while (!waits.next().value) {
            const frame = reader.next()
            if (frame === null) return
            held.push(frame)
          }
        }
        const judge = () => {
          for (const frame of held.splice(0)) {
            if (frame.equals(bodies[right])) right++
            release(frame)
          }
        }
        for (let at = 0; at < stream.length; ) {
          const target = reader.target()
          const count = Math.min(reads.next().value, stream.length - at, target?.length ?? Number.POSITIVE_INFINITY)
          const bytes = stream.subarray(at, at + count)
          at += count
          if (target === null) arrive(reader, bytes, take)
          else {
            bytes.copy(target)
            reader.filled(count)
            take()
          }
          if (held.length > 2) judge()
        }
        for (let frame = reader.next(); frame !== null; frame = reader.next()) held.push(frame)
        judge()
        reader.close()
        return right === bodies.length
      },
    ),
    { numRuns: repetitions(60) },
  )
  t.end()
})

t.test('the rest of a large frame is read to its place', (t) => {
  const reader = new FrameReader(() => MAX_BYTES, new ReceiveMemory(() => true))
  const stream = framed(Buffer.alloc(500_000, 7))
  t.equal(reader.target(), null)
  arrive(reader, stream.subarray(0, 100), () => t.equal(reader.next(), null))
  t.equal(reader.target(), null, 'a beginning alone has no place in a slab')
  arrive(reader, stream.subarray(100, 100_000), () => t.equal(reader.next(), null))
  const target = reader.target()!
  t.equal(target.length, stream.length - 100_000)
  stream.copy(target, 0, 100_000)
  reader.filled(target.length)
  const frame = reader.next()!
  t.equal(frame.buffer, target.buffer)
  t.ok(frame.equals(stream.subarray(4)))
  t.end()
})

/** Reads as the network does: into the target where there is one. Answers whether there was. */
const read = (reader: FrameReader, bytes: Buffer): boolean => {
  const target = reader.target()
  if (target === null) {
    reader.push(Buffer.from(bytes))
    return false
  }
  t.ok(bytes.length <= target.length)
  bytes.copy(target)
  reader.filled(bytes.length)
  return true
}

const bodies = (count: number, size: number): Buffer[] =>
  Array.from({ length: count }, (_, i) => Buffer.alloc(size, i + 1))

t.test('the frames of a busy connection stay where they were read', (t) => {
  const reader = new FrameReader(() => MAX_BYTES, new ReceiveMemory(() => true))
  const expected = bodies(60, 65_000)
  const stream = Buffer.concat(expected.map(framed))
  const frames: Buffer[] = []
  let readInPlace = 0
  let reads = 0
  for (let at = 0; at < stream.length; reads++) {
    const count = Math.min(reader.target()?.length ?? 100_000, 300_000)
    if (read(reader, stream.subarray(at, at + count))) readInPlace++
    at += count
    for (let frame = reader.next(); frame !== null; frame = reader.next()) frames.push(frame)
    reader.keep()
  }
  t.same(frames, expected)
  t.equal(readInPlace, reads - 1, 'only the first read was copied')
  const slabs = new Set(frames.map(({ buffer }) => buffer))
  t.ok(slabs.size <= 7, `${slabs.size} slabs hold all frames`)
  for (const frame of frames) release(frame)
  reader.close()
  t.end()
})

t.test('a connection that becomes silent gives its slab back, with what has begun', (t) => {
  const memory = new ReceiveMemory(() => true)
  const reader = new FrameReader(() => MAX_BYTES, memory)
  const [first, second] = bodies(2, 50_000)
  const stream = Buffer.concat([framed(first), framed(second)])
  read(reader, framed(first))
  release(reader.next()!)
  t.equal(read(reader, stream.subarray(0, 80_000)), true)
  release(reader.next()!)
  t.equal(reader.next(), null)
  t.equal(reader.hasUnread, false, 'a beginning is nothing to serve')
  t.equal(read(reader, stream.subarray(80_000, 80_100)), true)
  t.equal(reader.next(), null)
  t.equal(read(reader, stream.subarray(80_100)), false)
  t.ok(reader.next()!.equals(second))
  t.end()
})

t.test('slabs of their own are for few connections', (t) => {
  const memory = new ReceiveMemory(() => true)
  const readers = Array.from({ length: 20 }, () => new FrameReader(() => MAX_BYTES, memory))
  const [body] = bodies(1, 40_000)
  const sendOnce = (reader: FrameReader): boolean => {
    const inPlace = read(reader, framed(body))
    release(reader.next()!)
    reader.keep()
    return inPlace
  }
  for (const reader of readers) sendOnce(reader)
  t.equal(readers.filter(sendOnce).length, 16)
  for (const reader of readers) reader.close()
  const next = new FrameReader(() => MAX_BYTES, memory)
  sendOnce(next)
  t.equal(sendOnce(next), true, 'those who leave make room')
  t.end()
})

t.test('a frame that is whole, and waits for its turn, leaves no room to read into', (t) => {
  const reader = new FrameReader(() => MAX_BYTES, new ReceiveMemory(() => true))
  const stream = framed(bodies(1, 500_000)[0])
  for (let at = 0; at < 100_000; at += 20_000) {
    read(reader, stream.subarray(at, at + 20_000))
    t.equal(reader.next(), null)
  }
  t.equal(read(reader, stream.subarray(100_000)), true)
  t.equal(reader.hasUnread, true)
  t.equal(reader.target(), null)
  t.equal(reader.next()!.length, 500_000)
  t.end()
})

t.test('a frame over many chunks is gathered', (t) => {
  const body = Buffer.alloc(700_000)
  for (let i = 0; i < body.length; i++) body[i] = i % 251
  const stream = Buffer.concat([framed(body), framed(Buffer.from('next'))])
  const chunks: Buffer[] = []
  for (let at = 0; at < stream.length; at += 65_536) chunks.push(stream.subarray(at, at + 65_536))
  const [whole, next] = readAll(chunks)
  t.ok(whole.equals(body))
  t.equal(next.toString(), 'next')
  t.end()
})

t.test('a size alone allocates next to nothing', (t) => {
  const reader = new FrameReader(() => 2 ** 31 - 1, new ReceiveMemory(() => true))
  const before = process.memoryUsage().arrayBuffers
  const size = Buffer.alloc(5)
  size.writeInt32BE(1_500_000_000)
  reader.push(size)
  t.equal(reader.next(), null)
  t.equal(reader.pendingFrameBytes, 1_500_000_000)
  t.ok(process.memoryUsage().arrayBuffers - before < 1_000_000)
  t.end()
})

t.test('sizes that no frame may have', (t) => {
  for (const bytes of ['ffffffff', '80000000', '000f4241', '47455420']) {
    t.throws(() => readAll([Buffer.from(bytes, 'hex')]), { name: 'InvalidFrameSize' }, bytes)
  }
  t.same(readAll([Buffer.from('000f4240', 'hex')]), [], 'the limit itself is allowed')
  t.end()
})
