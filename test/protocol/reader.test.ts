import t from 'tap'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { Reader } from '../../protocol/reader.ts'
import { ZERO_UUID } from '../../protocol/schema.ts'

const reader = (hex: string): Reader => new Reader(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

t.test('fixed types are big-endian and signed as their names say', (t) => {
  t.equal(reader('ff').int8(), -1)
  t.equal(reader('ff fe').int16(), -2)
  t.equal(reader('ff fe').uint16(), 65534)
  t.equal(reader('ff ff ff fd').int32(), -3)
  t.equal(reader('ff ff ff fd').uint32(), 4294967293)
  t.equal(reader('80 00 00 00 00 00 00 00').int64(), -9223372036854775808n)
  t.equal(reader('40 09 21 fb 54 44 2d 18').float64(), Math.PI)
  t.equal(reader('02').bool(), true, 'any byte but zero is true, as in Java')
  t.equal(reader('00').bool(), false)
  t.end()
})

t.test('uuid is the base64url text of its 16 bytes', (t) => {
  t.equal(reader('00'.repeat(16)).uuid(), ZERO_UUID)
  t.equal(reader('97298635714655c5aad3b46b585db281').uuid(), 'lymGNXFGVcWq07RrWF2ygQ')
  t.equal(reader(`${'00'.repeat(15)}01`).uuid(), 'AAAAAAAAAAAAAAAAAAAAAQ')
  t.end()
})

t.test('unsigned varints hold 32 bits, and the highest one makes them negative', (t) => {
  for (const [hex, value] of [
    ['00', 0],
    ['7f', 127],
    ['80 01', 128],
    ['ff ff 03', 65535],
    ['80 80 80 80 08', -2147483648],
    ['ff ff ff ff 0f', -1],
    // Java shifts what does not fit out at the top.
    ['ff ff ff ff 7f', -1],
    ['80 00', 0],
  ] as const) {
    t.equal(reader(hex).unsignedVarint(), value, hex)
  }
  t.throws(() => reader('ff ff ff ff ff 00').unsignedVarint(), { name: 'ProtocolError', reason: 'malformed' })
  t.throws(() => reader('ff ff').unsignedVarint(), { name: 'ProtocolError', reason: 'truncated' })
  t.end()
})

t.test('strings: null, empty, too long', (t) => {
  t.equal(reader('00 02 68 69').string('name'), 'hi')
  t.equal(reader('00 00').string('name'), '')
  t.equal(reader('ff ff').nullableString(), null)
  t.equal(reader('80 00').nullableString(), null, 'any negative length is null, as in Kafka')
  t.equal(reader('03 68 69').compactString('name'), 'hi')
  t.equal(reader('00').compactNullableString(), null)
  t.throws(() => reader('ff ff').string('name'), {
    name: 'ProtocolError',
    reason: 'malformed',
    message: 'name is null, which it cannot be',
  })
  t.throws(() => reader('00').compactString('name'), { name: 'ProtocolError', reason: 'malformed' })
  t.throws(() => reader('00 03 68 69').string('name'), { name: 'ProtocolError', reason: 'truncated' })
  const long = Buffer.concat([Buffer.from([0x81, 0x80, 0x02]), Buffer.alloc(0x8000, 0x61)])
  t.throws(
    () => new Reader(long).compactString('name'),
    { name: 'ProtocolError', reason: 'malformed' },
    '32768 bytes are too many',
  )
  t.end()
})

t.test('bytes are views on the input', (t) => {
  const input = Buffer.from('00000003616263', 'hex')
  const value = new Reader(input).bytes32('data')
  input[4] = 0x7a
  t.equal(value.toString(), 'zbc')
  t.equal(reader('ff ff ff ff').nullableBytes32(), null)
  t.equal(reader('00').compactNullableBytes(), null)
  t.equal(reader('01').compactBytes('data').length, 0)
  t.throws(() => reader('7f ff ff ff 00').bytes32('data'), { name: 'ProtocolError', reason: 'truncated' })
  t.throws(() => reader('ff ff ff ff').bytes32('data'), { name: 'ProtocolError', reason: 'malformed' })
  t.end()
})

t.test('an array that the rest of the frame cannot hold is refused before it is allocated', (t) => {
  t.equal(reader('00 00 00 02 00 00').arrayLength(1), 2)
  t.throws(() => reader('00 00 00 03 00 00').arrayLength(1), { name: 'ProtocolError', reason: 'malformed' })
  t.throws(() => reader('00 00 00 02 00 00').arrayLength(2), { name: 'ProtocolError', reason: 'malformed' })
  t.throws(() => reader('7f ff ff ff').arrayLength(1), { name: 'ProtocolError', reason: 'malformed' })
  t.throws(
    () => reader('80 80 80 80 08').compactArrayLength(1),
    { name: 'ProtocolError', reason: 'malformed' },
    'the count wraps to 2^31 - 1',
  )
  t.equal(reader('ff ff ff fe').arrayLength(1), -2, 'negative: null')
  t.equal(reader('00').compactArrayLength(1), -1)
  t.end()
})

t.test('an array has at most a million elements, a structure ten thousand tagged fields', (t) => {
  const zeros = Buffer.alloc(1_000_010)
  const withCount = (count: number) => {
    const bytes = Buffer.from(zeros)
    bytes.writeInt32BE(count)
    return new Reader(bytes)
  }
  t.equal(withCount(1_000_000).arrayLength(1), 1_000_000)
  t.throws(() => withCount(1_000_001).arrayLength(1), { name: 'ProtocolError', reason: 'malformed' })
  const tagged = (varint: string) => new Reader(Buffer.concat([Buffer.from(varint, 'hex'), zeros]))
  t.equal(tagged('904e').taggedFieldCount(), 10_000)
  t.throws(() => tagged('914e').taggedFieldCount(), { name: 'ProtocolError', reason: 'malformed' })
  t.throws(() => reader('0300').taggedFieldCount(), { name: 'ProtocolError', reason: 'malformed' }, 'no room')
  t.throws(() => reader('ffffffff0f').taggedFieldCount(), { name: 'ProtocolError', reason: 'malformed' }, 'negative')
  t.end()
})

t.test('a refused read does not move the reader past the end', (t) => {
  const short = reader('01 02')
  t.throws(() => short.int32(), ProtocolError)
  t.equal(short.position, 0)
  t.equal(short.remaining, 2)
  t.end()
})
