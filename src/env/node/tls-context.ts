import {
  createSecureContext,
  createServer,
  DEFAULT_CIPHERS,
  type SecureContext,
  type SecureContextOptions,
  type Server,
} from 'node:tls'
import { NetworkError } from '../network.ts'
import type { TlsClientSettings, TlsIdentity, TlsServerSettings } from '../tls.ts'

/**
 * How long a handshake may take. A client that does nothing wrong needs some round trips and a millisecond of the
 * processor; the memory of one that stands still is 50 KB.
 */
const HANDSHAKE_TIMEOUT_MS = 30_000

/** `peerLevel`: the level of security that OpenSSL holds the peer to; null: its own. */
export function contextOptions(
  settings: TlsClientSettings | TlsServerSettings,
  peerLevel: number | null = null,
): SecureContextOptions {
  const { identity, trusted, minVersion, maxVersion, ciphers } = settings
  const level = peerLevel ?? (identity === null ? null : neededLevel(identity))
  return {
    ...(identity !== null && identityOptions(identity)),
    ...(trusted !== null && { ca: [...trusted] }),
    ...(ciphers !== null && { ciphers }),
    ...(level !== null && { ciphers: `${ciphers ?? DEFAULT_CIPHERS}:@SECLEVEL=${level}` }),
    minVersion,
    maxVersion,
  }
}

const identityOptions = ({ key, chain }: TlsIdentity) => ({ key, cert: chain.join('\n') })

/** ERR_SSL_CA_MD_TOO_WEAK, ERR_SSL_EE_KEY_TOO_SMALL and their like. */
const TOO_WEAK = /_(MD_TOO_WEAK|KEY_TOO_SMALL)$/
/** OpenSSL's levels of security, from a short key's (RSA of 1024 bits) to that of a signature by way of SHA-1. */
const LOWER_LEVELS = [1, 0]
export const LOWEST_LEVEL = 0

const neededLevels = new WeakMap<TlsIdentity, number | null>()

/**
 * The level of security that OpenSSL has to be lowered to before it shows this certificate; null: its own will do. Java
 * shows a certificate that is signed by way of SHA-1 or has a short key, for the peer decides what it trusts.
 */
function neededLevel(identity: TlsIdentity): number | null {
  const known = neededLevels.get(identity)
  if (known !== undefined) return known
  const level = isTooWeak(identity, {}) ? (LOWER_LEVELS.find((each) => !isTooWeakAt(identity, each)) ?? null) : null
  neededLevels.set(identity, level)
  return level
}

const isTooWeakAt = (identity: TlsIdentity, level: number): boolean =>
  isTooWeak(identity, { ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=${level}` })

function isTooWeak(identity: TlsIdentity, options: SecureContextOptions): boolean {
  try {
    createSecureContext({ ...identityOptions(identity), ca: [], ...options })
    return false
  } catch (error) {
    return TOO_WEAK.test((error as NodeJS.ErrnoException).code ?? '')
  }
}

/** Throws a `NetworkError` when OpenSSL will not have the settings. */
export function secureContext(settings: TlsClientSettings | TlsServerSettings): SecureContext {
  try {
    return createSecureContext(contextOptions(settings))
  } catch (error) {
    const { code = 'ETLS', message } = error as NodeJS.ErrnoException
    throw new NetworkError(code, explained(code, message))
  }
}

function explained(code: string, message: string): string {
  if (/key values mismatch/.test(message)) return 'the private key does not belong to the certificate'
  if (/NO_CIPHER_MATCH/.test(code)) return 'none of the cipher suites is known here'
  return message
}

/**
 * Servers that listen nowhere and are handed the sockets whose handshakes they do. There is one for each settings: they
 * keep OpenSSL's context.
 */
const servers = new WeakMap<TlsServerSettings, Server>()

/** `made`: called once for a server that is new. */
export function handshakeServer(settings: TlsServerSettings, made: (server: Server) => void): Server {
  const known = servers.get(settings)
  if (known !== undefined) return known
  const { clientAuth } = settings
  const server = createServer({
    ...contextOptions(settings),
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'required',
  })
  servers.set(settings, server)
  made(server)
  return server
}
