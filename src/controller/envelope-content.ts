/** The client in whose name a broker passes on a request, as an Envelope has it (KIP-590); `remote/envelope.ts` writes it. */
import { codec } from '../../protocol/compile.ts'
import { DefaultPrincipalData } from '../../protocol/messages/default-principal-data.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { Reader } from '../../protocol/reader.ts'
import type { Principal } from '../security/principal.ts'

const VERSION_BYTES = 2
const PRINCIPAL_VERSION = 0
const IPV4_BYTES = 4
const IPV6_BYTES = 16

/** null: not what Kafka's DefaultKafkaPrincipalBuilder writes. */
export function principalIn(bytes: Buffer): Principal | null {
  if (bytes.length < VERSION_BYTES || bytes.readInt16BE(0) !== PRINCIPAL_VERSION) return null
  try {
    const reader = new Reader(bytes.subarray(VERSION_BYTES))
    const { type, name, tokenAuthenticated } = codec(DefaultPrincipalData, PRINCIPAL_VERSION).decode(reader)
    return { type, name, tokenAuthenticated }
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
}

/** The text of an address of four or sixteen bytes; null: it is neither. */
export function addressIn(bytes: Buffer): string | null {
  if (bytes.length === IPV4_BYTES) return [...bytes].join('.')
  if (bytes.length !== IPV6_BYTES) return null
  return Array.from({ length: IPV6_BYTES / 2 }, (_, group) => bytes.readUInt16BE(2 * group).toString(16)).join(':')
}
