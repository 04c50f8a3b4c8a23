/** The settings and the outcome of TLS. Keys and certificates are PEM: `security/tls` makes them of any key store. */

export interface TlsIdentity {
  /** PKCS8, not encrypted. */
  readonly key: string
  /** The own certificate, then those that vouch for it. */
  readonly chain: readonly string[]
}

interface TlsParameters {
  /** null: the certificate authorities that the platform trusts. */
  readonly trusted: readonly string[] | null
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  /** In OpenSSL's names; null: the platform's choice. */
  readonly ciphers: string | null
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

export interface TlsServerSettings extends TlsParameters {
  readonly identity: TlsIdentity
  /**
   * `requested`: who shows no certificate is let in, who shows one that nobody trusted has signed is not. `required`:
   * who shows none is not let in either.
   */
  readonly clientAuth: 'none' | 'requested' | 'required'
}

export interface TlsClientSettings extends TlsParameters {
  /** Shown when the server asks for it. */
  readonly identity: TlsIdentity | null
  /** The name or address that the certificate has to be for; null: any. */
  readonly expectedName: string | null
  /** The peer is let in whoever it is, for a look at its certificate: nothing that is secret may be told it. */
  readonly looksOnly?: boolean
}

export interface TlsSession {
  readonly version: string
  /** In the name of the standard (`TLS_AES_256_GCM_SHA384`). */
  readonly cipher: string
  /** DER; null: the peer has shown none, or was not asked. */
  readonly peerCertificate: Buffer | null
  /** The reason, in OpenSSL's or Node's code, for which nobody should trust the peer; null: there is none. */
  readonly distrust: string | null
}

/** Codes of a `NetworkError` of a connection whose peer does not speak TLS. */
export const TLS_PEER_SPEAKS_HTTP = 'ETLSHTTP'
export const TLS_PEER_SPEAKS_PLAIN = 'ETLSPLAIN'
/** A handshake that failed otherwise. */
export const TLS_HANDSHAKE_FAILED = 'ETLSHANDSHAKE'
