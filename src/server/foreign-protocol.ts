/** Protocols whose clients come to the wrong port often enough to be called by their names. */
export type ForeignProtocol = 'TLS' | 'HTTP' | 'SSH' | 'PROXY protocol'

const TLS_HANDSHAKE = 0x16
const TLS_MAJOR_VERSION = 3
const TLS_NEWEST_MINOR_VERSION = 4
/** First letters of requests; `PRI ` is HTTP/2. */
const HTTP = new Set(['GET ', 'HEAD', 'POST', 'PUT ', 'DELE', 'OPTI', 'PATC', 'CONN', 'TRAC', 'PRI ', 'HTTP'])
const OTHERS: Readonly<Record<string, ForeignProtocol>> = {
  'SSH-': 'SSH',
  PROX: 'PROXY protocol',
  '\r\n\r\n': 'PROXY protocol',
}

/** The protocol that the first four bytes of a connection belong to; null for Kafka's and for unknown ones. */
export function foreignProtocol(beginning: Uint8Array): ForeignProtocol | null {
  const [type, major, minor = Number.NaN] = beginning
  if (type === TLS_HANDSHAKE && major === TLS_MAJOR_VERSION && minor <= TLS_NEWEST_MINOR_VERSION) return 'TLS'
  const letters = String.fromCharCode(...beginning.subarray(0, 4))
  return HTTP.has(letters) ? 'HTTP' : (OTHERS[letters] ?? null)
}

/** A sentence about a client of another protocol, for the log. */
export function wrongProtocol(protocol: ForeignProtocol, listenerName: string): string {
  const advice =
    protocol === 'TLS'
      ? 'give the client security.protocol=PLAINTEXT, or a listener that has TLS'
      : `this is a port for clients of Kafka`
  return `the client speaks ${protocol}, and listener ${listenerName} speaks Kafka's protocol without TLS: ${advice}`
}
