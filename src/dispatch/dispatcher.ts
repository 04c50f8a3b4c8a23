import { codec } from '../../protocol/compile.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { type RequestFrame, readRequestHeader, responseFrame } from '../../protocol/frame.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { type Api, apisByKey } from '../../protocol/registry.ts'
import type { Decoded, Encodable, MessageSchema } from '../../protocol/schema.ts'
import type { Logger } from '../env/logger.ts'
import { type ApiHandler, CloseConnection, type ConnectionContext, type RequestContext } from './handler.ts'
import type { HandlerRegistry } from './registry.ts'

/** The buffers of a response frame; null when the API answers nothing; or the end of the connection. */
export type Outcome = readonly Buffer[] | null | typeof CLOSE
export const CLOSE: unique symbol = Symbol('close')

const API_VERSIONS_KEY = 18

type Answer = Encodable<MessageSchema> | null

/**
 * One request's life: header, version, decode, handle, encode. Bytes that are not Kafka's protocol, and versions that
 * are not spoken, end the connection as in Kafka; a typed error is answered in the API's own shape; any other error is
 * a bug: logged with its stack, answered as UNKNOWN_SERVER_ERROR, and it harms nobody else.
 *
 * Who asks is known before the header is read (`ConnectionContext.principal`); what the principal may do is judged in
 * `dispatch` between decoding and handling, where the request says what it touches.
 */
export class Dispatcher {
  readonly #handlers: HandlerRegistry
  readonly #logger: Logger

  constructor(handlers: HandlerRegistry, logger: Logger) {
    this.#handlers = handlers
    this.#logger = logger
  }

  /** `frame` is a request without its size. Most requests are answered at once, without a promise. */
  dispatch(connection: ConnectionContext, frame: Buffer): Outcome | Promise<Outcome> {
    let received: RequestFrame
    try {
      received = readRequestHeader(frame)
    } catch (error) {
      return this.#close(connection, 'the request has no valid header', error)
    }
    const { api, header, reader } = received
    const version = header.requestApiVersion
    const handler = this.#handlers.get(api.apiKey)
    if (!handler || !isSpoken(handler, version))
      return this.#unsupported(connection, api, version, header.correlationId)

    let request: Decoded<MessageSchema>
    try {
      request = codec(handler.request, version).decode(reader)
    } catch (error) {
      return this.#close(connection, `${api.name} version ${version} could not be read`, error)
    }
    const context: RequestContext = {
      apiKey: api.apiKey,
      apiVersion: version,
      correlationId: header.correlationId,
      clientId: header.clientId,
      connection,
      requestBytes: frame.length,
    }
    try {
      const answer = handler.handle(context, request)
      if (!(answer instanceof Promise)) return this.#respond(handler, context, request, answer)
      return answer.then(
        (value) => this.#respond(handler, context, request, value),
        (error: unknown) => this.#failed(handler, context, request, error),
      )
    } catch (error) {
      return this.#failed(handler, context, request, error)
    }
  }

  #respond(handler: ApiHandler, context: RequestContext, request: Decoded<MessageSchema>, answer: Answer): Outcome {
    if (answer === null) return null
    try {
      return encode(context, answer)
    } catch (error) {
      return this.#failed(handler, context, request, error)
    }
  }

  #failed(handler: ApiHandler, context: RequestContext, request: Decoded<MessageSchema>, error: unknown): Outcome {
    if (error instanceof CloseConnection) return this.#close(context.connection, error.message)
    const known = error instanceof KafkaError
    if (!known) {
      this.#logger.error(
        { err: error, api: handler.name, version: context.apiVersion, connection: context.connection.id },
        `${handler.name} failed unexpectedly`,
      )
    }
    try {
      const code = known ? error.code : ErrorCode.UNKNOWN_SERVER_ERROR
      return encode(context, handler.errorResponse(context, request, code, known ? error.message : null))
    } catch (secondError) {
      this.#logger.error({ err: secondError, api: handler.name }, `The error response of ${handler.name} failed`)
      return CLOSE
    }
  }

  /**
   * A client asks ApiVersions before it knows anything: in a version that is not spoken it is answered in version 0,
   * with the versions of ApiVersions itself to choose from (KIP-511). Anything else is a client that did not ask.
   */
  #unsupported(connection: ConnectionContext, api: Api, version: number, correlationId: number): Outcome {
    const apiVersions = this.#handlers.get(API_VERSIONS_KEY)
    if (api.apiKey !== API_VERSIONS_KEY || !apiVersions) {
      return this.#close(connection, `${api.name} version ${version} is not enabled`)
    }
    const { apiKey, minVersion, maxVersion } = apiVersions
    return responseFrame(api, 0, correlationId, {
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      apiKeys: [{ apiKey, minVersion, maxVersion }],
    })
  }

  #close(connection: ConnectionContext, why: string, error?: unknown): Outcome {
    // A hostile or confused peer is not our error: one line, without a stack.
    const detail = error instanceof ProtocolError ? `: ${error.message}` : ''
    this.#logger.warn({ connection: connection.id }, `Closing ${connection.id} because ${why}${detail}`)
    if (error !== undefined && !(error instanceof ProtocolError))
      this.#logger.error({ err: error }, 'Reading a request failed')
    return CLOSE
  }
}

function isSpoken({ minVersion, maxVersion }: ApiHandler, version: number): boolean {
  return version >= minVersion && version <= maxVersion
}

function encode({ apiKey, apiVersion, correlationId }: RequestContext, answer: Encodable<MessageSchema>): Buffer[] {
  return responseFrame(apisByKey.get(apiKey)!, apiVersion, correlationId, answer)
}
