/**
 * A client's request on its way to the controller: Kafka's own frame inside an Envelope, with the principal and the address
 * of the client (KIP-590).
 */
import { codec, encodeMessage } from '../../../protocol/compile.ts'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { readResponseHeader, requestFrame } from '../../../protocol/frame.ts'
import { DefaultPrincipalData } from '../../../protocol/messages/default-principal-data.ts'
import type { EnvelopeRequest, EnvelopeResponse } from '../../../protocol/messages/envelope.ts'
import type { Api } from '../../../protocol/registry.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { javaHostAddress } from '../../security/acl/acl-host.ts'
import type { Principal } from '../../security/principal.ts'
import type { AdminRequestContext } from '../admin-requests.ts'

const SIZE_BYTES = 4
const VERSION_BYTES = 2
const PRINCIPAL_VERSION = 0
/** The controller gives the number back, and there is one request in an envelope. */
const CORRELATION_ID = 0

export function envelopeOf(
  api: Api,
  body: object,
  { apiVersion, clientId, principal, clientAddress }: AdminRequestContext,
): Encodable<typeof EnvelopeRequest> {
  const frame = requestFrame(api, apiVersion, { correlationId: CORRELATION_ID, clientId }, body)
  return {
    requestData: Buffer.concat(frame).subarray(SIZE_BYTES),
    requestPrincipal: principalBytes(principal),
    clientHostAddress: addressBytes(clientAddress ?? ''),
  }
}

/** The answer inside the envelope. Throws the `KafkaError` of the envelope itself. */
export function contentOf(api: Api, apiVersion: number, { errorCode, responseData }: EnvelopeResponse): object {
  if (errorCode !== ErrorCode.NONE) throw new KafkaError(errorCode)
  if (responseData === null) throw new KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
  const { reader } = readResponseHeader(api, apiVersion, responseData)
  return codec(api.response, apiVersion).decode(reader)
}

/** As Kafka's DefaultKafkaPrincipalBuilder writes it: the version, then the message. */
function principalBytes({ type, name, tokenAuthenticated = false }: Principal): Buffer {
  const version = Buffer.alloc(VERSION_BYTES)
  version.writeInt16BE(PRINCIPAL_VERSION)
  return Buffer.concat([
    version,
    encodeMessage(DefaultPrincipalData, PRINCIPAL_VERSION, { type, name, tokenAuthenticated }),
  ])
}

/** Four bytes, or sixteen. */
function addressBytes(address: string): Buffer {
  const text = javaHostAddress(address)
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number))
  const bytes = Buffer.alloc(16)
  text.split(':').forEach((group, index) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * index)
  })
  return bytes
}
