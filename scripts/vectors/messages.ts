import assert from 'node:assert/strict'
import { codec, encodeMessage } from '../../protocol/compile.ts'
import { fromJson, type JsonObject, toJson } from '../../protocol/json.ts'
import { Reader } from '../../protocol/reader.ts'
import {
  decodeMetadataRecord,
  decodeRecordKey,
  decodeVersioned,
  encodeMetadataRecord,
  encodeRecordKey,
  encodeVersioned,
} from '../../protocol/record-serde.ts'
import { messagesByName, metadataRecords, remoteLogMetadataRecords } from '../../protocol/registry.ts'
import { type Decoded, type Fields, type MessageSchema, unknownTaggedFields } from '../../protocol/schema.ts'
import type { VectorFolder } from './folder.ts'
import type { Report } from './report.ts'

interface MessageVector {
  readonly version: number
  readonly variant: string
  readonly hex: string
  readonly json: JsonObject
  /** As it stands in a log or group protocol. */
  readonly framed?: string
  readonly unknownTags?: readonly TagVector[]
}

export interface TagVector {
  readonly path: string
  readonly tag: number
  readonly data: string
}

type Values = Decoded<MessageSchema>

/** Every message: bytes to value and back, JSON to bytes, and the frame that records stand in. */
export function check(folder: VectorFolder, report: Report): void {
  for (const name of folder.names()) {
    const schema = messagesByName.get(name)
    if (schema === undefined) continue
    for (const vector of folder.load(name) as MessageVector[]) {
      report.check('messages', `${name} v${vector.version} ${vector.variant}`, () => checkMessage(schema, vector))
    }
  }
}

function checkMessage(schema: MessageSchema, vector: MessageVector): void {
  const { version, hex, json, framed } = vector
  const value = checkBody(schema, version, new Reader(Buffer.from(hex, 'hex')), json, vector.unknownTags)
  assert.equal(encodeMessage(schema, version, value).toString('hex'), hex, 're-encoded bytes')
  const fromText = fromJson(schema, version, json)
  addTags(schema, fromText, vector.unknownTags)
  assert.equal(encodeMessage(schema, version, fromText).toString('hex'), hex, 'bytes from JSON')
  if (framed !== undefined) checkFramed(schema, version, value, Buffer.from(framed, 'hex'))
}

/** Decodes what the reader holds to its end, and compares it with the vector's JSON and tags. */
export function checkBody(
  schema: MessageSchema,
  version: number,
  reader: Reader,
  json: JsonObject,
  tags: readonly TagVector[] = [],
): Values {
  const value = codec(schema, version).decode(reader)
  assert.equal(reader.remaining, 0, 'bytes after the message')
  assert.deepStrictEqual(toJson(schema, version, value), json)
  const found: TagVector[] = []
  collectTags(schema.fields, value, '', found)
  assert.deepStrictEqual(found.sort(byPath), [...tags].sort(byPath), 'unknown tagged fields')
  return value
}

function checkFramed(schema: MessageSchema, version: number, value: Values, framed: Buffer): void {
  const { encoded, decoded } = throughFrame(schema, version, value, framed)
  assert.equal(encoded.toString('hex'), framed.toString('hex'), 'framed bytes')
  assert.deepStrictEqual(decoded, value, 'value from framed bytes')
}

function throughFrame(schema: MessageSchema, version: number, value: Values, framed: Buffer) {
  if (schema.kind === 'metadata-record' || schema.kind === 'remote-log-metadata-record') {
    const records = schema.kind === 'metadata-record' ? metadataRecords : remoteLogMetadataRecords
    const decoded = decodeMetadataRecord(records, framed)
    assert.equal(decoded.version, version)
    return { encoded: encodeMetadataRecord(schema, version, value), decoded: decoded.message }
  }
  if (schema.kind.endsWith('-key')) {
    return { encoded: encodeRecordKey(schema, value), decoded: decodeRecordKey(schema, framed) }
  }
  const decoded = decodeVersioned(schema, framed)
  assert.equal(decoded.version, version)
  return { encoded: encodeVersioned(schema, version, value), decoded: decoded.message }
}

function collectTags(fields: Fields, value: Values, path: string, found: TagVector[]): void {
  for (const { tag, data } of value[unknownTaggedFields] ?? []) {
    found.push({ path, tag, data: data.toString('base64') })
  }
  for (const [name, field] of Object.entries(fields)) {
    const inner = value[name]
    if (inner === null || inner === undefined) continue
    if (field.fields !== undefined) collectTags(field.fields, inner as Values, `${path}/${name}`, found)
    const element = field.element?.fields
    if (element === undefined) continue
    for (const [i, item] of (inner as Values[]).entries()) collectTags(element, item, `${path}/${name}/${i}`, found)
  }
}

export function addTags(schema: MessageSchema, message: Values, tags: readonly TagVector[] = []): void {
  for (const { path, tag, data } of tags) {
    let value = message
    for (const step of path.split('/').slice(1)) value = value[step] as Values
    assert.ok(value, `${schema.name} has nothing at ${path}`)
    const known = value[unknownTaggedFields] ?? []
    value[unknownTaggedFields] = [...known, { tag, data: Buffer.from(data, 'base64') }]
  }
}

function byPath(a: TagVector, b: TagVector): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : a.tag - b.tag
}
