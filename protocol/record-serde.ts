import { codec } from './compile.ts'
import { ProtocolError } from './protocol-error.ts'
import { Reader } from './reader.ts'
import type { Decoded, Encodable, MessageSchema } from './schema.ts'
import { Writer } from './writer.ts'

/**
 * How messages stand in the records of Kafka's internal topics.
 *
 * - Metadata logs: the value is a frame version (always 1), the record's type and its version, each an unsigned varint,
 *   then the message.
 * - Coordinator logs: the key is the record's type (int16), then the message in version 0; the value is its version
 *   (int16), then the message. A null value is a tombstone.
 * - Control records, principals and the consumer protocol: the version (int16), then the message.
 */

const METADATA_FRAME_VERSION = 1
const KEY_VERSION = 0

export interface TypedMessage {
  readonly schema: MessageSchema
  readonly version: number
  readonly message: Record<string, unknown>
}

export function encodeMetadataRecord<S extends MessageSchema>(schema: S, version: number, value: Encodable<S>): Buffer {
  const writer = new Writer()
  writer.unsignedVarint(METADATA_FRAME_VERSION)
  writer.unsignedVarint(schema.apiKey)
  writer.unsignedVarint(version)
  codec(schema, version).encode(writer, value)
  return writer.toBuffer()
}

/** Reads a record of the log whose types are `records`; as in Kafka nothing may follow the message. */
export function decodeMetadataRecord(records: ReadonlyMap<number, MessageSchema>, bytes: Buffer): TypedMessage {
  const reader = new Reader(bytes)
  const frameVersion = reader.unsignedVarint()
  if (frameVersion !== METADATA_FRAME_VERSION) {
    throw new ProtocolError('unsupported', `a metadata record in frame version ${frameVersion}; only 1 is known`)
  }
  const type = reader.unsignedVarint()
  const version = reader.unsignedVarint()
  const schema = records.get(type)
  if (schema === undefined) throw new ProtocolError('unsupported', `a metadata record of the unknown type ${type}`)
  const message = codec(schema, version).decode(reader)
  if (reader.remaining > 0) {
    throw new ProtocolError('malformed', `${reader.remaining} bytes of garbage after ${schema.name}`)
  }
  return { schema, version, message }
}

export function encodeRecordKey<S extends MessageSchema>(schema: S, value: Encodable<S>): Buffer {
  return encodePrefixed(schema, schema.apiKey, KEY_VERSION, value)
}

/** The type that a coordinator record's key begins with. */
export function recordKeyType(key: Buffer): number {
  return new Reader(key).int16()
}

/** As in Kafka bytes after the message are left alone. */
export function decodeRecordKey<S extends MessageSchema>(schema: S, key: Buffer): Decoded<S> {
  const reader = new Reader(key)
  const type = reader.int16()
  if (type !== schema.apiKey) {
    throw new ProtocolError(
      'malformed',
      `a record key of type ${type}, where ${schema.name} (${schema.apiKey}) is wanted`,
    )
  }
  return codec(schema, KEY_VERSION).decode(reader)
}

/** The message with its version before it: a coordinator record's value, a control record, the consumer protocol. */
export function encodeVersioned<S extends MessageSchema>(schema: S, version: number, value: Encodable<S>): Buffer {
  return encodePrefixed(schema, version, version, value)
}

/** As in Kafka bytes after the message are left alone, and a version that is not known is refused. */
export function decodeVersioned<S extends MessageSchema>(
  schema: S,
  bytes: Buffer,
): { readonly version: number; readonly message: Decoded<S> } {
  const reader = new Reader(bytes)
  const version = reader.int16()
  return { version, message: codec(schema, version).decode(reader) }
}

function encodePrefixed(schema: MessageSchema, prefix: number, version: number, value: object): Buffer {
  const writer = new Writer()
  writer.int16(prefix)
  codec(schema, version).encode(writer, value)
  return writer.toBuffer()
}
