import { first } from './collections/elements.ts'
import { codec } from './compile.ts'
import { RequestHeader, ResponseHeader } from './messages/header.ts'
import { ProtocolError } from './protocol-error.ts'
import { Reader } from './reader.ts'
import { type Api, apisByKey } from './registry.ts'
import type { Decoded, Encodable, MessageSchema } from './schema.ts'
import { Writer } from './writer.ts'

/**
 * A frame is an int32 size, a header and a body. The functions that read take the frame without its size, those that
 * build answer with it, as buffers to be written one after the other.
 */

const SIZE_BYTES = 4
const API_VERSIONS_KEY = 18

/** A request as far as it can be read without knowing whether its version is spoken. */
export interface RequestFrame {
  readonly api: Api
  readonly header: RequestHeader
  /** Stands before the body. */
  readonly reader: Reader
}

/** Flexible versions have a header with tagged fields; versions out of range follow the nearest one, as in Kafka. */
export function requestHeaderVersion(api: Api, version: number): number {
  return version >= api.request.firstFlexibleVersion ? 2 : 1
}

/** ApiVersions always answers with header 0: a client must understand the answer before it knows the broker (KIP-511). */
export function responseHeaderVersion(api: Api, version: number): number {
  return api.apiKey !== API_VERSIONS_KEY && version >= api.response.firstFlexibleVersion ? 1 : 0
}

/**
 * Reads the header of a request. The reason of the `ProtocolError` is `unsupported` for an API that has no versions;
 * whether `header.requestApiVersion` is one of the API's is for the caller to judge. Kafka closes the connection for
 * all of these errors, and answers only ApiVersions of a version that it does not know.
 */
export function readRequestHeader(frame: Buffer): RequestFrame {
  const reader = new Reader(frame)
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const api = apisByKey.get(apiKey)
  if (api === undefined) {
    throw new ProtocolError(
      'unsupported',
      `a request of API key ${apiKey}, version ${apiVersion}, which does not exist`,
    )
  }
  reader.position = 0
  const header = codec(RequestHeader, requestHeaderVersion(api, apiVersion)).decode(reader)
  return { api, header, reader }
}

/** The frame of a response: size and header in front of the body, large fields of the body as the buffers they are. */
export function responseFrame(api: Api, version: number, correlationId: number, body: object): Buffer[] {
  const headerVersion = responseHeaderVersion(api, version)
  return frame(ResponseHeader, headerVersion, { correlationId }, api.response, version, body)
}

/** The frame of a request, for a client. Both `requestApiKey` and `requestApiVersion` are set from the arguments. */
export function requestFrame(
  api: Api,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  body: object,
): Buffer[] {
  const fullHeader = { requestApiKey: api.apiKey, requestApiVersion: version, ...header }
  return frame(RequestHeader, requestHeaderVersion(api, version), fullHeader, api.request, version, body)
}

/** Reads the header of a response, for a client; the reader then stands before the body. */
export function readResponseHeader(
  api: Api,
  version: number,
  frame: Buffer,
): { readonly header: Decoded<typeof ResponseHeader>; readonly reader: Reader } {
  const reader = new Reader(frame)
  const header = codec(ResponseHeader, responseHeaderVersion(api, version)).decode(reader)
  return { header, reader }
}

function frame<H extends MessageSchema>(
  headerSchema: H,
  headerVersion: number,
  header: Encodable<H>,
  bodySchema: MessageSchema,
  version: number,
  body: object,
): Buffer[] {
  const writer = new Writer()
  writer.int32(0)
  codec(headerSchema, headerVersion).encode(writer, header)
  codec(bodySchema, version).encode(writer, body)
  const parts = writer.buffers()
  let size = -SIZE_BYTES
  for (const part of parts) size += part.length
  first(parts).writeInt32BE(size)
  return parts
}
