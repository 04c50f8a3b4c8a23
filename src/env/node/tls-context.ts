import { createSecureContext, createServer, type SecureContext, type SecureContextOptions, type Server } from 'node:tls'
import { NetworkError } from '../network.ts'
import type { TlsClientSettings, TlsServerSettings } from '../tls.ts'

/**
 * How long a handshake may take. A client that does nothing wrong needs some round trips and a millisecond of the
 * processor; the memory of one that stands still is 50 KB.
 */
const HANDSHAKE_TIMEOUT_MS = 30_000

export function contextOptions(settings: TlsClientSettings | TlsServerSettings): SecureContextOptions {
  const { identity, trusted, minVersion, maxVersion, ciphers } = settings
  return {
    ...(identity !== null && { key: identity.key, cert: identity.chain.join('\n') }),
    ...(trusted !== null && { ca: [...trusted] }),
    ...(ciphers !== null && { ciphers }),
    minVersion,
    maxVersion,
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
