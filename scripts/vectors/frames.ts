import assert from 'node:assert/strict'
import { codec } from '../../protocol/compile.ts'
import {
  readRequestHeader,
  readResponseHeader,
  requestFrame,
  requestHeaderVersion,
  responseFrame,
  responseHeaderVersion,
} from '../../protocol/frame.ts'
import { fromJson, type JsonObject, toJson } from '../../protocol/json.ts'
import { RequestHeader, ResponseHeader } from '../../protocol/messages/header.ts'
import { type Api, apisByKey } from '../../protocol/registry.ts'
import { unknownTaggedFields } from '../../protocol/schema.ts'
import { Writer } from '../../protocol/writer.ts'
import type { VectorFolder } from './folder.ts'
import { addTags, checkBody, type TagVector } from './messages.ts'
import type { Report } from './report.ts'

interface FrameVector {
  readonly api: string
  readonly apiKey: number
  readonly version: number
  readonly direction: 'request' | 'response'
  readonly headerVersion: number
  readonly hex: string
  readonly header: JsonObject
  readonly json: JsonObject
  readonly headerUnknownTags?: readonly TagVector[]
}

/** Whole frames: size, header and body of requests and responses. */
export function check(folder: VectorFolder, report: Report): void {
  for (const vector of (folder.load('Frames') ?? []) as FrameVector[]) {
    report.check('frames', `${vector.api} v${vector.version} ${vector.direction}`, () => checkFrame(vector))
  }
}

function checkFrame(vector: FrameVector): void {
  const { apiKey, version, direction, headerVersion, json } = vector
  const api = apisByKey.get(apiKey)
  assert.ok(api, `no API has the key ${apiKey}`)
  const bytes = Buffer.from(vector.hex, 'hex')
  assert.equal(bytes.readInt32BE(0), bytes.length - 4, 'size')
  const isRequest = direction === 'request'
  const frame = bytes.subarray(4)
  const { header, reader } = isRequest ? readRequestHeader(frame) : readResponseHeader(api, version, frame)
  const headerSchema = isRequest ? RequestHeader : ResponseHeader
  assert.equal(
    (isRequest ? requestHeaderVersion : responseHeaderVersion)(api, version),
    headerVersion,
    'header version',
  )
  assert.deepStrictEqual(toJson(headerSchema, headerVersion, header), vector.header)
  const bodySchema = isRequest ? api.request : api.response
  const body = checkBody(bodySchema, version, reader, json)
  assert.equal(rewritten(vector, api, body).toString('hex'), vector.hex, 're-encoded bytes')
  if (vector.headerUnknownTags === undefined) {
    assert.equal(built(vector, api, body).toString('hex'), vector.hex, 'bytes of the built frame')
  } else {
    assert.equal(header[unknownTaggedFields]?.length, vector.headerUnknownTags.length, 'unknown tags of the header')
  }
}

/** Header and body written out by hand, so that tags of the header are kept. */
function rewritten(vector: FrameVector, api: Api, body: object): Buffer {
  const isRequest = vector.direction === 'request'
  const headerSchema = isRequest ? RequestHeader : ResponseHeader
  const header = fromJson(headerSchema, vector.headerVersion, vector.header)
  addTags(headerSchema, header, vector.headerUnknownTags)
  const writer = new Writer()
  codec(headerSchema, vector.headerVersion).encode(writer, header)
  codec(isRequest ? api.request : api.response, vector.version).encode(writer, body)
  const content = writer.toBuffer()
  const size = Buffer.alloc(4)
  size.writeInt32BE(content.length)
  return Buffer.concat([size, content])
}

/** The frame as a client or the broker builds it. */
function built({ direction, version, header }: FrameVector, api: Api, body: object): Buffer {
  const correlationId = header.correlationId as number
  const parts =
    direction === 'request'
      ? requestFrame(api, version, { correlationId, clientId: header.clientId as string | null }, body)
      : responseFrame(api, version, correlationId, body)
  return Buffer.concat(parts)
}
