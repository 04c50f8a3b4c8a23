import { compileDecoder, type Decoder } from './compile-decoder.ts'
import { compileEncoder, type Encoder } from './compile-encoder.ts'
import { ProtocolError } from './protocol-error.ts'
import { Reader } from './reader.ts'
import type { Decoded, Encodable, MessageSchema } from './schema.ts'
import { unchecked } from './unchecked.ts'
import { Writer } from './writer.ts'

/** Reads and writes one version of a message. */
export interface Codec<S extends MessageSchema = MessageSchema> {
  /** Reads the message and leaves the reader behind it. Throws `ProtocolError`. */
  decode(reader: Reader): Decoded<S>
  /** Appends the message. Throws `ProtocolError` if this version cannot say the value. */
  encode(writer: Writer, value: Encodable<S>): void
}

/** The halves are compiled on first use: a broker decodes only requests and encodes only responses. */
class CompiledCodec implements Codec {
  private readonly schema: MessageSchema
  private readonly version: number
  private decoder: Decoder | undefined
  private encoder: Encoder | undefined

  constructor(schema: MessageSchema, version: number) {
    this.schema = schema
    this.version = version
  }

  decode(reader: Reader): Record<string, unknown> {
    this.decoder ??= compileDecoder(this.schema, this.version)
    return this.decoder(reader)
  }

  encode(writer: Writer, value: object): void {
    this.encoder ??= compileEncoder(this.schema, this.version)
    this.encoder(writer, value)
  }
}

const codecs = new WeakMap<MessageSchema, Codec[]>()

/** The codec of one version. Throws `ProtocolError` (unsupported) for a version that the schema does not have. */
export function codec<S extends MessageSchema>(schema: S, version: number): Codec<S> {
  let versions = codecs.get(schema)
  if (versions === undefined) codecs.set(schema, (versions = []))
  // The list holds codecs of this schema alone.
  return unchecked<Codec<S>>(versions[version] ?? addCodec(versions, schema, version))
}

function addCodec(versions: Codec[], schema: MessageSchema, version: number): Codec {
  if (!(version >= schema.oldestVersion && version <= schema.maxVersion)) {
    throw new ProtocolError(
      'unsupported',
      `${schema.name} has the versions ${schema.oldestVersion} to ${schema.maxVersion}, not ${version}`,
    )
  }
  return (versions[version] = new CompiledCodec(schema, version))
}

/**
 * The message at the front of `bytes`. Bytes after it are not looked at, as Kafka ignores what follows the body of a
 * request; who must know reads with a `Reader` and looks at what remains.
 */
export function decodeMessage<S extends MessageSchema>(schema: S, version: number, bytes: Buffer): Decoded<S> {
  return codec(schema, version).decode(new Reader(bytes))
}

/** The message as one buffer, which may share its memory with others: copy what is kept for long. */
export function encodeMessage<S extends MessageSchema>(schema: S, version: number, value: Encodable<S>): Buffer {
  const writer = new Writer()
  codec(schema, version).encode(writer, value)
  return writer.toBuffer()
}
