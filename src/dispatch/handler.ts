import type { Decoded, Encodable, MessageSchema } from '../../protocol/schema.ts'

/** Who asks, over which connection. One a request; what belongs to the connection is shared between its requests. */
export interface RequestContext {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly connection: ConnectionContext
  /** Bytes of the whole frame, for quotas and limits. */
  readonly requestBytes: number
}

export interface ConnectionContext {
  /** Kafka's form: localHost:localPort-remoteHost:remotePort-listenerIndex-sequence. */
  readonly id: string
  readonly listenerName: string
  readonly securityProtocol: string
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly principal: Principal
  /** From ApiVersions v3+ (KIP-511). */
  clientSoftwareName: string
  clientSoftwareVersion: string
  /** Runs `fn` when the connection is gone; what is returned forgets `fn`, which a request does once it is answered. */
  onClose(fn: () => void): () => void
  /**
   * The answer to the request in progress refers to these bytes, which the handler has retained (`env/slab-pool`): they
   * are released when it has left, or will not be sent.
   */
  lend(buffers: readonly Buffer[]): void
  /** How much may be lent to this answer before clients that do not read theirs hold too much of the memory. */
  readonly roomForAnswerBytes: number
  /**
   * To be called while `handle` runs, by a Produce that has its place in every log that it appends to: nothing that the
   * next Produce does can come before it, so that one need not wait for the answer to this one.
   */
  proceed(): void
}

export interface Principal {
  readonly type: string
  readonly name: string
}

/**
 * Thrown by a handler that has no way to answer but to close the connection, as Kafka does for a failed Produce with
 * acks 0. The dispatcher logs the message and closes.
 */
export class CloseConnection extends Error {}

/**
 * One API. `handle` answers now or later; null means that no response is sent (Produce with acks 0). A thrown or
 * rejected `KafkaError` is answered by `errorResponse` with its code, anything else with UNKNOWN_SERVER_ERROR.
 */
export interface ApiHandler<
  Request extends MessageSchema = MessageSchema,
  Response extends MessageSchema = MessageSchema,
> {
  readonly apiKey: number
  readonly name: string
  readonly request: Request
  readonly response: Response
  /** Versions that are complete, as ApiVersions advertises them; `latestVersionUnstable` ones are not among them. */
  readonly minVersion: number
  readonly maxVersion: number
  /** Given: versions from here on, which Apache 4 has dropped, are complete as well (`samsa.legacy.protocol`). */
  readonly oldestVersion?: number
  /** Given: ApiVersions claims this one, though versions below `minVersion` are not answered. */
  readonly advertisedMinVersion?: number
  handle(
    context: RequestContext,
    request: Decoded<Request>,
  ): Encodable<Response> | null | Promise<Encodable<Response> | null>
  errorResponse(
    context: RequestContext,
    request: Decoded<Request>,
    code: number,
    message: string | null,
  ): Encodable<Response>
}
