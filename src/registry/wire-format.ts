/**
 * The frame in which serializers put a key or a value: a magic byte 0 and the id of the schema in four bytes, or, in a
 * header, a magic byte 1 and the guid of the schema. Before a message of Protobuf stands which message of the file it is.
 */

import { ProtocolError } from '../../protocol/protocol-error.ts'
import { Reader } from '../../protocol/reader.ts'

/** The header that names a schema by its guid. */
const GUID_HEADERS = { key: '__key_schema_id', value: '__value_schema_id' } as const
export type RecordPart = keyof typeof GUID_HEADERS

export interface Header {
  readonly key: string
  readonly value: Buffer | null
}

export type SchemaOfRecord = { readonly id: number } | { readonly guid: string }

export interface Framed {
  readonly schema: SchemaOfRecord
  /** The rest of the bytes. */
  readonly payload: Buffer
}

const ID = 0
const GUID = 1
const ID_BYTES = 5
const GUID_BYTES = 17

/** null: the bytes name no schema. */
export function framedRecord(part: RecordPart, bytes: Buffer, headers: readonly Header[]): Framed | null {
  const named = headers.find(({ key }) => key === GUID_HEADERS[part])?.value ?? null
  if (named !== null && named.length === GUID_BYTES && named[0] === GUID) {
    return { schema: { guid: named.toString('hex', 1) }, payload: bytes }
  }
  if (bytes.length < ID_BYTES || bytes[0] !== ID) return null
  return { schema: { id: bytes.readInt32BE(1) }, payload: bytes.subarray(ID_BYTES) }
}

export interface ProtobufPayload {
  /** Which message of the file, then which of those in it, and so on. */
  readonly indexes: readonly number[]
  readonly message: Buffer
}

const MOST_INDEXES = 100

/** null: the bytes do not begin with the place of a message. */
export function protobufPayload(payload: Buffer): ProtobufPayload | null {
  const reader = new Reader(payload)
  const next = () => {
    const zigzag = reader.unsignedVarint()
    return (zigzag >>> 1) ^ -(zigzag & 1)
  }
  try {
    const count = next()
    if (count < 0 || count > MOST_INDEXES) return null
    const indexes = Array.from({ length: count }, next)
    if (indexes.some((index) => index < 0)) return null
    return { indexes: count === 0 ? [0] : indexes, message: payload.subarray(reader.position) }
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
}
