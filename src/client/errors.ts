import { ErrorCode, KafkaError } from '../../protocol/errors.ts'

/** Why a request has no answer. The message is a sentence for a person. */
export type ClientErrorReason =
  /** The address is none. */
  | 'address'
  /** Nobody answers at the address. */
  | 'unreachable'
  /** The TLS handshake or the login failed: who asks again without a change fails again. */
  | 'refused'
  /** The broker closed the connection before it answered. */
  | 'disconnected'
  | 'timeout'
  /** The broker does not have the API, or no version of it that is spoken here. */
  | 'unsupported'
  /** The answer is not Kafka's protocol. */
  | 'malformed'

export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly reason: ClientErrorReason

  constructor(reason: ClientErrorReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** A request without an answer, as Kafka's clients call it: REQUEST_TIMED_OUT or NETWORK_EXCEPTION. */
export function unanswered(error: ClientError): KafkaError {
  const code = error.reason === 'timeout' ? ErrorCode.REQUEST_TIMED_OUT : ErrorCode.NETWORK_EXCEPTION
  return new KafkaError(code, error.message, { cause: error })
}
