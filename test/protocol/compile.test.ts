import t from 'tap'
import { codec, decodeMessage, encodeMessage } from '../../protocol/compile.ts'
import { FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'
import { ListOffsetsRequest } from '../../protocol/messages/list-offsets.ts'
import { MetadataRequest } from '../../protocol/messages/metadata.ts'
import { ProduceRequest } from '../../protocol/messages/produce.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { array, bytes, int8, int32, request, string, struct, unknownTaggedFields, uuid } from '../../protocol/schema.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { Writer } from '../../protocol/writer.ts'

const Sample = request({
  name: 'SampleRequest',
  apiKey: 999,
  versions: '0-2',
  flexible: '2+',
  fields: () => ({
    id: int32(),
    name: string('1+').ignorable(),
    strict: int32('1+').default(-1),
    list: array('1+', { key: string() }),
    extra: struct('2+', { level: int8(), label: string() }).tagged(0),
    topicId: uuid('2+').tagged(3).ignorable(),
    note: string('2+').nullable().tagged(5).default(null),
    blob: bytes('2+').tagged(9),
  }),
})

const hex = (version: number, value: Parameters<typeof encodeMessage<typeof Sample>>[2]): string =>
  encodeMessage(Sample, version, value).toString('hex')

t.test('an absent field takes its default, a field that the version lacks is decoded as its default', (t) => {
  t.equal(hex(1, {}), '00000000 0000 ffffffff 00000000'.replaceAll(' ', ''))
  t.strictSame(decodeMessage(Sample, 0, Buffer.from('00000007', 'hex')), {
    id: 7,
    name: '',
    strict: -1,
    list: [],
    extra: { level: 0, label: '' },
    topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
    note: null,
    blob: Buffer.alloc(0),
  })
  t.end()
})

t.test('a value that the version cannot say is an error, unless it may be ignored', (t) => {
  t.equal(hex(0, { id: 1, name: 'lost' }), '00000001')
  t.equal(hex(0, { id: 1, strict: -1, list: [], extra: { level: 0 } }), '00000001', 'defaults say nothing')
  const refused = { name: 'ProtocolError', reason: 'unwritable' }
  t.throws(() => hex(0, { strict: 5 }), refused)
  t.throws(() => hex(0, { list: [{}] }), refused)
  t.throws(() => hex(1, { extra: { label: 'x' } }), refused)
  t.throws(() => hex(1, { [unknownTaggedFields]: [{ tag: 7, data: Buffer.alloc(0) }] }), refused)
  t.throws(
    () => encodeMessage(FetchRequest, 14, { replicaState: { replicaId: 1 } }),
    /FetchRequest v14: replicaState is not the default/,
  )
  t.end()
})

t.test('null where it is not allowed is an error that names the field', (t) => {
  const nothing = unchecked<string>(null)
  t.throws(() => hex(1, { name: nothing }), {
    name: 'ProtocolError',
    reason: 'unwritable',
    message: 'SampleRequest v1: name cannot be null',
  })
  t.throws(() => encodeMessage(MetadataRequest, 0, { topics: null }), /topics cannot be null/)
  t.equal(encodeMessage(MetadataRequest, 1, { topics: null }).toString('hex'), 'ffffffff')
  t.end()
})

t.test('a value of the wrong type is a ProtocolError, not a crash somewhere else', (t) => {
  const notBigint = unchecked<bigint>(5)
  t.throws(() => encodeMessage(ListOffsetsRequest, 5, { topics: [{ partitions: [{ timestamp: notBigint }] }] }), {
    name: 'ProtocolError',
    reason: 'unwritable',
  })
  t.end()
})

t.test('tagged fields: only what is not the default, ascending, unknown ones between the known', (t) => {
  const head = '00000000 01 ffffffff 01'.replaceAll(' ', '')
  t.equal(hex(2, {}), `${head}00`)
  t.equal(hex(2, { extra: {}, note: null, blob: Buffer.alloc(0) }), `${head}00`)
  const value = {
    note: 'n',
    extra: { level: 1, label: 'l' },
    [unknownTaggedFields]: [
      { tag: 4, data: Buffer.from('aa', 'hex') },
      { tag: 12, data: Buffer.from('bb', 'hex') },
    ],
  }
  const encoded = hex(2, value)
  t.equal(encoded, `${head}04 00 04 01026c00 04 01 aa 05 02 026e 0c 01 bb`.replaceAll(' ', ''))
  const decoded = decodeMessage(Sample, 2, Buffer.from(encoded, 'hex'))
  t.match(decoded, { note: 'n', extra: { level: 1, label: 'l' } })
  t.strictSame(decoded[unknownTaggedFields], value[unknownTaggedFields])
  t.equal(hex(2, decoded), encoded)
  t.end()
})

t.test('tagged fields are read as Kafka reads them', (t) => {
  const body = '00000000 01 ffffffff 01'.replaceAll(' ', '')
  const decode = (tags: string) => decodeMessage(Sample, 2, Buffer.from(body + tags, 'hex'))
  t.equal(decode('02 05 02 0261 05 02 0262'.replaceAll(' ', '')).note, 'b', 'of two with one tag the last one counts')
  t.equal(decode('01 05 63 0261'.replaceAll(' ', '')).note, 'a', 'the size before a known field is not looked at')
  t.throws(() => decode('ffffffff0f'), { name: 'ProtocolError', reason: 'malformed' }, 'a negative number of fields')
  t.throws(
    () => decode('01 07 ffffffff0f'.replaceAll(' ', '')),
    { name: 'ProtocolError', reason: 'malformed' },
    'a negative size',
  )
  t.throws(() => decode('02 07 00'.replaceAll(' ', '')), { name: 'ProtocolError', reason: 'truncated' })
  t.throws(
    () =>
      decodeMessage(
        FetchRequest,
        12,
        Buffer.concat([encodeMessage(FetchRequest, 12, {}).subarray(0, -1), Buffer.from([1, 1, 0])]),
      ),
    /tag 1 is not valid for this version/,
  )
  t.end()
})

t.test('records: one buffer or several, handed on without a copy', (t) => {
  const parts = [Buffer.alloc(2000, 1), Buffer.alloc(3000, 2)]
  const value = { topicData: [{ name: 't', partitionData: [{ index: 0, records: parts }] }] }
  const writer = new Writer()
  codec(ProduceRequest, 9).encode(writer, value)
  const buffers = writer.buffers()
  t.ok(parts.every((part) => buffers.includes(part)))
  const decoded = decodeMessage(ProduceRequest, 9, Buffer.concat(buffers))
  t.ok(decoded.topicData[0].partitionData[0].records!.equals(Buffer.concat(parts)))
  t.end()
})

t.test('objects of all versions have one shape: every field, in the order of the schema', (t) => {
  const names = Object.keys(FetchResponse.fields)
  for (let version = FetchResponse.minVersion; version <= FetchResponse.maxVersion; version++) {
    const decoded = decodeMessage(FetchResponse, version, encodeMessage(FetchResponse, version, {}))
    t.strictSame(Object.keys(decoded), names, `v${version}`)
  }
  t.end()
})

t.test('defaults are not shared between messages', (t) => {
  const empty = Buffer.from('00000007', 'hex')
  const first = decodeMessage(Sample, 0, empty)
  first.list.push({ key: 'x' })
  first.extra.level = 3
  t.match(decodeMessage(Sample, 0, empty), { list: [], extra: { level: 0 } })
  t.end()
})

t.test('a version that the schema does not have is unsupported', (t) => {
  for (const version of [-1, 3, Number.NaN]) {
    t.throws(() => codec(Sample, version), { name: 'ProtocolError', reason: 'unsupported' }, String(version))
  }
  t.end()
})

t.test('errors of nested fields say which message they are about', (t) => {
  const error = t.throws(() => decodeMessage(Sample, 1, Buffer.from('00000000ffff', 'hex'))) as ProtocolError
  t.ok(error instanceof ProtocolError)
  t.equal(error.message, 'SampleRequest v1: name is null, which it cannot be')
  t.end()
})
