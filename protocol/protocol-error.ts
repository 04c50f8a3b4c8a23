/** Why bytes were refused, or why a value cannot be written. */
export type ProtocolErrorReason =
  /** The bytes end before the value does. */
  | 'truncated'
  /** A length, count, tag or varint that no value can have. */
  | 'malformed'
  /** An API key or a version that is not spoken. */
  | 'unsupported'
  /** A value that this version cannot carry: a null, a number of the wrong kind, a field it does not have. */
  | 'unwritable'

/** Bytes that are not Kafka's protocol, or a value that cannot be said in the version asked for. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly reason: ProtocolErrorReason

  constructor(reason: ProtocolErrorReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}
