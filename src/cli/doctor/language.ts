/** The language that a port speaks, found out by saying something and listening to what comes first. */
import { requestFrame } from '../../../protocol/frame.ts'
import { ApiVersionsRequest } from '../../../protocol/messages/api-versions.ts'
import { apisByKey } from '../../../protocol/registry.ts'
import type { Address } from '../../client/addresses.ts'
import type { Connection, Environment, TlsClientSettings } from '../../env/index.ts'
import { NetworkError } from '../../env/index.ts'
import { TLS_HANDSHAKE_FAILED } from '../../env/tls.ts'

/** `other`: with its first line, where it has one. `closed`, `silent`: nothing came. */
export type Language =
  | { readonly speaks: 'kafka' | 'tls' | 'http' | 'closed' | 'silent' }
  | { readonly speaks: 'other'; readonly line: string }

const CORRELATION_ID = 0x646f6374
const LONGEST_LINE = 60
const TLS_ALERT = 0x15
const TLS_MAJOR_VERSION = 3

/** Says what every Kafka broker answers, without TLS. Rejects with a `NetworkError` when nobody listens. */
export async function languageOf(
  { network, clock }: Pick<Environment, 'network' | 'clock'>,
  { host, port }: Address,
  timeoutMs: number,
): Promise<Language> {
  const connection = await network.connect({ host, port, timeoutMs })
  const heard = await new Promise<Buffer | 'closed' | 'silent'>((resolve) => {
    const timer = clock.schedule(timeoutMs, () => resolve('silent'))
    const told = (what: Buffer | 'closed') => {
      timer.cancel()
      resolve(what)
    }
    connection.handle({ data: (chunk) => told(Buffer.from(chunk)), close: () => told('closed') })
    const header = { correlationId: CORRELATION_ID, clientId: 'samsa-doctor' }
    connection.write(requestFrame(apisByKey.get(ApiVersionsRequest.apiKey)!, 0, header, {}))
  })
  connection.destroy()
  return typeof heard === 'string' ? { speaks: heard } : languageIn(heard)
}

const SIZE_BYTES = 4

function languageIn(bytes: Buffer): Language {
  if (bytes[0] === TLS_ALERT && bytes[1] === TLS_MAJOR_VERSION) return { speaks: 'tls' }
  if (bytes.length >= 2 * SIZE_BYTES && bytes.readInt32BE(SIZE_BYTES) === CORRELATION_ID) return { speaks: 'kafka' }
  const [line = ''] = bytes.toString('latin1').split(/\r?\n/, 1)
  if (line.startsWith('HTTP/')) return { speaks: 'http' }
  return { speaks: 'other', line: /^[ -~]+$/.test(line) ? line.slice(0, LONGEST_LINE) : '' }
}

/** TLS with whoever is there: a client that is to look at a certificate. */
export const ANY_TLS: TlsClientSettings = {
  trusted: null,
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: null,
  identity: null,
  expectedName: null,
  looksOnly: true,
}

export interface Handshake {
  readonly connection: Connection | null
  /** null: the handshake is done. */
  readonly failure: NetworkError | null
  /** The peer has answered in TLS, whatever it said. */
  readonly isTls: boolean
}

/** A handshake that judges nobody. Rejects with a `NetworkError` when nobody listens. */
export async function handshake(
  { network }: Pick<Environment, 'network'>,
  { host, port }: Address,
  settings: TlsClientSettings,
  timeoutMs: number,
): Promise<Handshake> {
  try {
    const connection = await network.connect({ host, port, timeoutMs, tls: { ...settings, looksOnly: true } })
    return { connection, failure: null, isTls: true }
  } catch (failure) {
    if (!(failure instanceof NetworkError)) throw failure
    const isOver = failure.code === TLS_HANDSHAKE_FAILED || failure.code === 'ETIMEDOUT'
    if (!isOver) throw failure
    return { connection: null, failure, isTls: /\balert\b|unsupported protocol/.test(failure.message) }
  }
}
