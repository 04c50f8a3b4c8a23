import type { Address } from '../../client/addresses.ts'
import { BrokerConnection } from '../../client/connection.ts'
import type { Environment } from '../../env/index.ts'
import type { ClientSecurity } from '../../security/client-security.ts'

/** The client that is to work, as its settings make it. */
export interface Patient {
  readonly environment: Environment
  readonly clientId: string
  /** How long each question may wait for its answer. */
  readonly timeoutMs: number
  /** null: PLAINTEXT. */
  readonly security: ClientSecurity | null
}

const MAX_RESPONSE_BYTES = 64 * 1024 * 1024

/** A connection as the client would open it, or without its login. Rejects with a `ClientError`. */
export function openConnection(patient: Patient, { host, port }: Address, login = true): Promise<BrokerConnection> {
  const { environment, clientId, timeoutMs, security } = patient
  return BrokerConnection.open({
    host,
    port,
    clientId,
    connectTimeoutMs: timeoutMs,
    requestTimeoutMs: timeoutMs,
    network: environment.network,
    clock: environment.clock,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    security: security === null ? null : login ? security : { tls: security.tls, login: null },
  })
}

export const addressText = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

/** The words without their full stop, to go on behind. */
export const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
