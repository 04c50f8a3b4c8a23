import t from 'tap'
import {
  readRequestHeader,
  readResponseHeader,
  requestFrame,
  requestHeaderVersion,
  responseFrame,
  responseHeaderVersion,
} from '../../protocol/frame.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { facts } from '../support/facts.ts'

interface ApiFacts {
  readonly id: number
  readonly name: string
  readonly supportedMin: number
  readonly stableMax: number
  readonly unstableMax: number
  readonly latestVersionUnstable: boolean
  readonly listeners: readonly string[]
  readonly requestHeaderVersions: Record<string, number>
  readonly responseHeaderVersions: Record<string, number>
}

const expectedApis: { apis: ApiFacts[]; withoutVersions: { id: number }[] } = facts('api-keys.json')

t.test('every API of Kafka, with its versions and headers', (t) => {
  t.strictSame(
    [...apisByKey.keys()],
    expectedApis.apis.map(({ id }) => id),
  )
  for (const expected of expectedApis.apis) {
    const api = apisByKey.get(expected.id)!
    t.equal(api.name, expected.name)
    for (const schema of [api.request, api.response]) {
      t.strictSame(
        [schema.minVersion, schema.maxVersion, schema.latestVersionUnstable, schema.listeners],
        [expected.supportedMin, expected.unstableMax, expected.latestVersionUnstable, expected.listeners],
        schema.name,
      )
    }
    const requestHeaders = Object.entries(expected.requestHeaderVersions)
    const responseHeaders = Object.entries(expected.responseHeaderVersions)
    for (const [version, header] of requestHeaders) t.equal(requestHeaderVersion(api, Number(version)), header)
    for (const [version, header] of responseHeaders) t.equal(responseHeaderVersion(api, Number(version)), header)
  }
  t.end()
})

t.test('a header of an API that has no versions cannot be read', (t) => {
  const keys = [...expectedApis.withoutVersions.map(({ id }) => id), -1, 999, 32767]
  for (const key of keys) {
    const frame = Buffer.from('000000000000000100000000', 'hex')
    frame.writeInt16BE(key, 0)
    t.throws(() => readRequestHeader(frame), { name: 'ProtocolError', reason: 'unsupported' }, `key ${key}`)
  }
  t.end()
})

t.test('a version out of range is read with the header of the nearest one: ApiVersions v99 must be answered', (t) => {
  const frame = Buffer.from('00120063 00000005 0003 616263 00 0102'.replaceAll(' ', ''), 'hex')
  const { api, header, reader } = readRequestHeader(frame)
  t.equal(api.name, 'ApiVersions')
  t.match(header, { requestApiVersion: 99, correlationId: 5, clientId: 'abc' })
  t.equal(reader.remaining, 2)
  const old = readRequestHeader(Buffer.from('0001ffff 00000005 ffff'.replaceAll(' ', ''), 'hex'))
  t.match(old.header, { requestApiVersion: -1, clientId: null })
  t.end()
})

t.test('truncated headers', (t) => {
  const whole = Buffer.from('00120003 00000005 0003 616263 00'.replaceAll(' ', ''), 'hex')
  for (let length = 0; length < whole.length; length++) {
    t.throws(() => readRequestHeader(whole.subarray(0, length)), { name: 'ProtocolError' }, `${length} bytes`)
  }
  t.end()
})

t.test('a response with records is a frame of several buffers, the records among them as they are', (t) => {
  const fetch = apisByKey.get(1)!
  const records = Buffer.alloc(100_000, 7)
  const body = { responses: [{ topic: 't', partitions: [{ partitionIndex: 0, records }] }] }
  const parts = responseFrame(fetch, 12, 42, body)
  t.ok(parts.includes(records))
  const bytes = Buffer.concat(parts)
  t.equal(bytes.readInt32BE(0), bytes.length - 4)
  const { header, reader } = readResponseHeader(fetch, 12, bytes.subarray(4))
  t.equal(header.correlationId, 42)
  t.equal(reader.position, 5)
  t.end()
})

t.test('a request frame is read back by the broker', (t) => {
  const metadata = apisByKey.get(3)!
  const bytes = Buffer.concat(requestFrame(metadata, 12, { correlationId: 9, clientId: 'me' }, { topics: null }))
  const { api, header, reader } = readRequestHeader(bytes.subarray(4))
  t.equal(api, metadata)
  t.strictSame(header, { requestApiKey: 3, requestApiVersion: 12, correlationId: 9, clientId: 'me' })
  t.equal(reader.remaining, 4)
  t.end()
})
