import t from 'tap'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { Writer } from '../../protocol/writer.ts'

function hex(write: (writer: Writer) => void): string {
  const writer = new Writer()
  write(writer)
  return writer.toBuffer().toString('hex')
}

t.test('primitive types', (t) => {
  t.equal(
    hex((w) => w.bool(true)),
    '01',
  )
  t.equal(
    hex((w) => w.int8(-1)),
    'ff',
  )
  t.equal(
    hex((w) => w.int16(-2)),
    'fffe',
  )
  t.equal(
    hex((w) => w.int32(-3)),
    'fffffffd',
  )
  t.equal(
    hex((w) => w.int64(-9223372036854775808n)),
    '8000000000000000',
  )
  t.equal(
    hex((w) => w.float64(Math.PI)),
    '400921fb54442d18',
  )
  t.equal(
    hex((w) => w.uuid('lymGNXFGVcWq07RrWF2ygQ')),
    '97298635714655c5aad3b46b585db281',
  )
  t.throws(() => hex((w) => w.uuid('not-a-uuid')), { name: 'ProtocolError', reason: 'unwritable' })
  t.end()
})

t.test('unsigned varints', (t) => {
  for (const [value, bytes] of [
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [65535, 'ffff03'],
    [2147483647, 'ffffffff07'],
    [-1, 'ffffffff0f'],
  ] as const) {
    t.equal(
      hex((w) => w.unsignedVarint(value)),
      bytes,
    )
  }
  t.end()
})

t.test('strings in both forms, of every kind of length', (t) => {
  t.equal(
    hex((w) => w.string('hi')),
    '00026869',
  )
  t.equal(
    hex((w) => w.nullableString(null)),
    'ffff',
  )
  t.equal(
    hex((w) => w.compactString('hi')),
    '036869',
  )
  t.equal(
    hex((w) => w.compactNullableString(null)),
    '00',
  )
  t.equal(
    hex((w) => w.string('é世')),
    '0005c3a9e4b896',
  )
  for (const length of [41, 42, 125, 126, 127, 128, 16382, 16383, 16384, 32767]) {
    for (const char of ['x', 'é']) {
      const text = char.repeat(length / Buffer.byteLength(char))
      const size = Buffer.byteLength(text) + 1
      const varint = size < 0x80 ? [size] : [(size & 0x7f) | 0x80, size >> 7]
      const prefix = size < 0x4000 ? varint : [(size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, size >> 14]
      const expected = Buffer.concat([Buffer.from(prefix), Buffer.from(text)]).toString('hex')
      t.ok(hex((w) => w.compactString(text)) === expected, `${length} bytes of ${char}`)
    }
  }
  t.throws(() => hex((w) => w.string('x'.repeat(32768))), { name: 'ProtocolError', reason: 'unwritable' })
  t.end()
})

t.test('large byte fields are handed on, not copied; small ones are copied', (t) => {
  const large = Buffer.alloc(4096, 1)
  const small = Buffer.from('abc')
  const writer = new Writer()
  writer.int32(7)
  writer.bytes32(large)
  writer.compactBytes([large, small])
  writer.int8(1)
  const parts = writer.buffers()
  t.equal(parts.filter((part) => part === large).length, 2)
  t.notOk(parts.includes(small))
  const expected = Buffer.concat([
    Buffer.from('0000000700001000', 'hex'),
    large,
    Buffer.from('8420', 'hex'),
    large,
    small,
    Buffer.from('01', 'hex'),
  ])
  t.ok(Buffer.concat(parts).equals(expected))
  t.end()
})

t.test('a value with its size before it, also when it spans references and chunks', (t) => {
  for (const length of [0, 1, 126, 127, 128, 5000, 40_000]) {
    const content = Buffer.alloc(length, 0x61)
    const writer = new Writer()
    writer.int8(9)
    const mark = writer.beginSized()
    for (let i = 0; i < length; i += 100) writer.raw(content.subarray(i, i + 100))
    writer.endSized(mark)
    writer.int8(8)
    const prefix = new Writer()
    prefix.unsignedVarint(length)
    const expected = Buffer.concat([Buffer.from([9]), prefix.toBuffer(), content, Buffer.from([8])])
    t.ok(writer.toBuffer().equals(expected), `${length} bytes`)
  }
  t.end()
})

t.test('writers that are at work at the same time do not share memory', (t) => {
  const first = new Writer()
  const second = new Writer()
  for (let i = 0; i < 100; i++) {
    first.int32(1)
    second.int32(2)
  }
  const third = new Writer()
  third.int32(3)
  t.equal(first.toBuffer().toString('hex'), '00000001'.repeat(100))
  t.equal(second.toBuffer().toString('hex'), '00000002'.repeat(100))
  t.equal(third.toBuffer().toString('hex'), '00000003')
  t.end()
})

t.test('unknown tagged fields must ascend and leave the known ones alone', (t) => {
  const field = (tag: number) => ({ tag, data: Buffer.from([tag]) })
  t.equal(
    hex((w) => w.unknownTaggedFields([field(3), field(5)], 0, 4)),
    '030103',
    'only those before the next known one',
  )
  t.throws(() => hex((w) => w.unknownTaggedFields([field(5), field(5)], 0, Number.POSITIVE_INFINITY)), ProtocolError)
  t.throws(() => hex((w) => w.unknownTaggedFields([field(5), field(3)], 0, Number.POSITIVE_INFINITY)), ProtocolError)
  t.throws(() => hex((w) => w.unknownTaggedFields([field(4)], 0, 4)), ProtocolError)
  t.end()
})
