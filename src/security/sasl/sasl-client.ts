/** The client's side of a SASL exchange, with which a node logs in to another one. It knows nothing of frames or connections. */

export interface SaslClient {
  /** The token that begins the exchange. */
  first(): Buffer | Promise<Buffer>
  /** The next token; null: the exchange is complete. Throws `SaslRefused` when the server cannot be believed. */
  respond(challenge: Buffer): Buffer | null
}

/** The login that a connection begins with. */
export interface SaslLogin {
  readonly mechanism: string
  /** A client for one exchange. */
  newClient(): SaslClient
}

/** An exchange that this side ends. The message shows no secret. */
export class SaslRefused extends Error {
  override readonly name = 'SaslRefused'
}
