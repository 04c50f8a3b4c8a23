/**
 * The frame in which serializers put a key or a value: a magic byte 0 and the id of the schema in four bytes, or, in a
 * header, a magic byte 1 and the guid of the schema. Before a message of Protobuf stands which message of the file it is.
 */

/** The header that names a schema by its guid. */
export const GUID_HEADERS = { key: '__key_schema_id', value: '__value_schema_id' } as const
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
  let position = 0
  const next = (): number | null => {
    let value = 0
    for (let shift = 0; shift < 32; shift += 7) {
      const byte = payload[position++]
      if (byte === undefined) return null
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    return null
  }
  const count = next()
  if (count === null || count < 0 || count > MOST_INDEXES) return null
  const indexes: number[] = []
  for (let i = 0; i < count; i++) {
    const index = next()
    if (index === null || index < 0) return null
    indexes.push(index)
  }
  return { indexes: count === 0 ? [0] : indexes, message: payload.subarray(position) }
}
