import fc from 'fast-check'
import t from 'tap'
import { FrameReader } from '../../src/server/frame-reader.ts'

const MAX_BYTES = 1_000_000

const framed = (body: Buffer): Buffer => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

/** Pushes the chunks one after another and takes out every frame as soon as it is there. */
function readAll(chunks: readonly Buffer[], maxBytes = MAX_BYTES): Buffer[] {
  const reader = new FrameReader(() => maxBytes)
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

t.test('a frame within a chunk is a view on it', (t) => {
  const chunk = Buffer.concat([framed(Buffer.from('ab')), framed(Buffer.from('cd'))])
  const [first, second] = readAll([chunk])
  t.equal(first.buffer, chunk.buffer)
  t.equal(second.byteOffset, chunk.byteOffset + 10)
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
  const reader = new FrameReader(() => 2 ** 31 - 1)
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
