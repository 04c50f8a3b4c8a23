import t from 'tap'
import { codec, encodeMessage } from '../../protocol/compile.ts'
import { ProduceRequest } from '../../protocol/messages/produce.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { Reader } from '../../protocol/reader.ts'
import { messagesByName } from '../../protocol/registry.ts'
import type { MessageSchema } from '../../protocol/schema.ts'
import { factNames, facts } from '../support/facts.ts'

/** A small generator of the same numbers for the same seed (LCG of Numerical Recipes). */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 0x100000000) * below)
  }
}

const BOUNDARY_BYTES = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff]

function mutate(bytes: Buffer, next: (below: number) => number): Buffer {
  const at = next(bytes.length + 1)
  const before = bytes.subarray(0, at)
  const after = bytes.subarray(at)
  switch (next(5)) {
    case 0:
      return before
    case 1:
      return Buffer.concat([before, Buffer.from([next(256)]), after])
    case 2:
      return Buffer.concat([before, after.subarray(1 + next(4))])
    case 3:
      return Buffer.concat([before, Buffer.from([BOUNDARY_BYTES[next(BOUNDARY_BYTES.length)]]), after.subarray(1)])
    default:
      return Buffer.concat([before, Buffer.from('ffffff7f', 'hex'), after.subarray(4)])
  }
}

/** Decodes; only a ProtocolError may come of it, and never a read past the end. */
function decodes(schema: MessageSchema, version: number, bytes: Buffer): boolean {
  const reader = new Reader(bytes)
  try {
    codec(schema, version).decode(reader)
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
  if (reader.position > bytes.length) throw new Error(`${schema.name} v${version} read past the end`)
  return true
}

t.test('mutated messages are read or refused, whatever they say', (t) => {
  const next = random(42)
  let accepted = 0
  let refused = 0
  for (const name of factNames('messages')) {
    const schema = messagesByName.get(name)!
    for (const { version, hex } of facts('vectors', `${name}.json`)) {
      let bytes: Buffer = Buffer.from(hex, 'hex')
      for (let i = 0; i < 12; i++) {
        bytes = i % 3 === 0 ? mutate(Buffer.from(hex, 'hex'), next) : mutate(bytes, next)
        if (decodes(schema, version, bytes)) accepted++
        else refused++
      }
    }
  }
  t.ok(accepted > 1000 && refused > 1000, `${accepted} read, ${refused} refused`)
  t.end()
})

t.test('every prefix of a message is refused', (t) => {
  for (const name of ['FetchRequest', 'JoinGroupRequest', 'MetadataResponse', 'DescribeTopicPartitionsResponse']) {
    const schema = messagesByName.get(name)!
    for (const { version, hex } of facts('vectors', `${name}.json`)) {
      const bytes = Buffer.from(hex, 'hex')
      for (let length = 0; length < bytes.length; length++) {
        if (decodes(schema, version, bytes.subarray(0, length))) t.fail(`${name} v${version}, ${length} bytes`)
      }
    }
  }
  t.end()
})

t.test('a small frame that claims to be huge is refused at once and allocates nothing of the kind', (t) => {
  const empty = encodeMessage(ProduceRequest, 3, {})
  const counts = ['7fffffff', '00ffffff', '0000ffff']
  const before = process.memoryUsage()
  const start = process.hrtime.bigint()
  for (let i = 0; i < 3000; i++) {
    const bytes = Buffer.concat([empty.subarray(0, -4), Buffer.from(counts[i % 3], 'hex'), Buffer.alloc(64)])
    if (decodes(ProduceRequest, 3, bytes)) t.fail(`accepted ${bytes.toString('hex')}`)
  }
  const after = process.memoryUsage()
  t.ok(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers < 64 << 20, 'memory')
  t.ok(process.hrtime.bigint() - start < 5_000_000_000n, 'time')
  t.end()
})
