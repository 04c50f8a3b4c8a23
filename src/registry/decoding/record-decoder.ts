/** Keys and values as plain values, by the schema that their bytes name. */
import { framedRecord, type Header, protobufPayload, type RecordPart, type SchemaOfRecord } from '../wire-format.ts'
import type { Decode, WholeSchema } from './whole-schema.ts'

export interface DecodedPart {
  readonly schema: Pick<WholeSchema, 'id' | 'schemaType'>
  /** JSON: whole numbers that it has not exactly are texts of their digits, bytes are base64. */
  readonly value: unknown
}

/** Resolves to null where nobody knows the schema. */
export type FindSchema = (schema: SchemaOfRecord) => Promise<WholeSchema | null>

/** Bytes that name a schema and cannot be read by it; the message is a sentence without its full stop. */
export class UndecodableRecord extends Error {}

interface Reader {
  readonly of: WholeSchema
  readonly decode: Decode
}

const MOST_READERS = 1_000

export class RecordDecoder {
  readonly #find: FindSchema
  /** Schemas never change: a reader is kept under what bytes name it by. */
  readonly #readers = new Map<string, Promise<Reader>>()

  constructor(find: FindSchema) {
    this.#find = find
  }

  /** Resolves to null where the bytes name no schema. Rejects with `UndecodableRecord`, or as the lookup does. */
  async decode(part: RecordPart, bytes: Buffer, headers: readonly Header[]): Promise<DecodedPart | null> {
    const framed = framedRecord(part, bytes, headers)
    if (framed === null) return null
    const { of, decode } = await this.#reader(framed.schema)
    const { id, schemaType } = of
    const place = schemaType === 'PROTOBUF' ? protobufPayload(framed.payload) : { indexes: [], message: framed.payload }
    try {
      if (place === null) throw new Error('they do not say which message of the file they are')
      return { schema: { id, schemaType }, value: decode(place.message, place.indexes) }
    } catch (error) {
      throw new UndecodableRecord(`The bytes of the ${part} are not as schema ${id} says: ${(error as Error).message}`)
    }
  }

  #reader(schema: SchemaOfRecord): Promise<Reader> {
    const key = 'id' in schema ? `id ${schema.id}` : `guid ${schema.guid}`
    let reader = this.#readers.get(key)
    if (reader === undefined) {
      reader = this.#newReader(schema, key)
      this.#readers.set(key, reader)
      // A lookup that failed is tried again.
      reader.catch(() => this.#readers.delete(key))
      const [oldest] = this.#readers.keys()
      if (this.#readers.size > MOST_READERS && oldest !== undefined) this.#readers.delete(oldest)
    }
    return reader
  }

  async #newReader(schema: SchemaOfRecord, words: string): Promise<Reader> {
    const of = await this.#find(schema)
    if (of === null) throw new UndecodableRecord(`The registry knows no schema with ${words}`)
    try {
      return { of, decode: await decodeOf(of) }
    } catch (error) {
      throw new UndecodableRecord(`Schema ${of.id} cannot be used to read records: ${(error as Error).message}`)
    }
  }
}

async function decodeOf(schema: WholeSchema): Promise<Decode> {
  switch (schema.schemaType) {
    case 'AVRO':
      return (await import('./avro-decoder.ts')).avroDecoder(schema)
    case 'PROTOBUF':
      return (await import('./protobuf-decoder.ts')).protobufDecoder(schema)
    case 'JSON':
      return (payload) => JSON.parse(payload.toString())
  }
}
