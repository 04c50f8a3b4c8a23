import { codec } from '../../protocol/compile.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { type RequestFrame, readRequestHeader, responseFrame } from '../../protocol/frame.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { type Api, apisByKey } from '../../protocol/registry.ts'
import type { Decoded, Encodable, MessageSchema } from '../../protocol/schema.ts'
import { isLater, Later } from '../env/later.ts'
import type { Logger } from '../env/logger.ts'
import { releaseAll } from '../env/slab-pool.ts'
import type { RequestMetrics } from '../metrics/request-metrics.ts'
import type { ClientQuotas } from '../security/quotas/client-quotas.ts'
import { EVERYTHING, type Permissions } from './access.ts'
import type { ApiHandler, ConnectionContext, RequestContext } from './handler.ts'
import type { HandlerAnswer, Interceptor } from './interceptor.ts'
import { type Judge, judged } from './judgment.ts'
import type { NotableRequests } from './notable-requests.ts'
import { type Answer, Outcome, Staged } from './outcome.ts'
import type { ServedHandlers } from './registry.ts'
import { CLOSE, Pending, Reply } from './reply.ts'

const API_VERSIONS_KEY = 18
const API_KEY_BYTES = 2

/**
 * One request's life: header, version, decode, handle, encode (drawn in ARCHITECTURE.md with all of its ends). Bytes that
 * are not Kafka's protocol, and versions that are not spoken, end the connection as in Kafka; a typed error is answered in
 * the API's own shape; any other error is a bug: logged with its stack, answered as UNKNOWN_SERVER_ERROR, and it harms no
 * other request.
 *
 * The client is known before the header is read (`ConnectionContext.peer`), and the resources of a request once it is
 * decoded (`ApiHandler.access`): it is judged between `decode` and `handle`. Quotas see a request from its header to its
 * answer (`RequestQuota`).
 */
export class Dispatcher {
  readonly #handlers: ServedHandlers
  readonly #logger: Logger
  readonly #judge: Judge | null
  readonly #quotas: ClientQuotas | null
  readonly #interceptor: Interceptor | null
  readonly #metrics: RequestMetrics | null
  readonly #notable: NotableRequests | null

  /**
   * `judge`: null where there is no authorizer, and everybody may do everything. `quotas`: null where nobody has one.
   * `interceptor`: null where nobody stands before the handlers. `metrics`: null where nobody reads any, and no request is
   * timed. `notable`: null where nobody is to be told of requests.
   */
  constructor(
    handlers: ServedHandlers,
    logger: Logger,
    judge: Judge | null = null,
    quotas: ClientQuotas | null = null,
    interceptor: Interceptor | null = null,
    metrics: RequestMetrics | null = null,
    notable: NotableRequests | null = null,
  ) {
    this.#handlers = handlers
    this.#logger = logger
    this.#judge = judge
    this.#quotas = quotas
    this.#interceptor = interceptor
    this.#metrics = metrics
    this.#notable = notable
  }

  /** Whether the request in this frame may begin behind one that has its place and no outcome yet. */
  overlaps({ listenerType }: ConnectionContext, frame: Buffer): boolean {
    return frame.length >= API_KEY_BYTES && this.#handlers.get(frame.readInt16BE(0), listenerType)?.overlaps === true
  }

  /** Whether frames of this API may be in memory that is used again as soon as their request is answered. */
  keepsNothing(apiKey: number): boolean {
    return this.#handlers.get(apiKey)?.keepsNothing === true
  }

  /**
   * `frame` is a request without its size. Most requests are answered at once, without a promise.
   * `answerRoomBytes`: see `RequestContext`. `beganMs`: the time now, where the caller has just looked at the clock.
   */
  dispatch(
    connection: ConnectionContext,
    frame: Buffer,
    answerRoomBytes: number,
    beganMs = this.#nowMs ?? 0,
  ): Reply | Pending {
    let received: RequestFrame
    try {
      received = readRequestHeader(frame)
    } catch (error) {
      return this.#close(connection, 'the request has no valid header', error)
    }
    const { api, header, reader } = received
    const version = header.requestApiVersion
    const handler = this.#handlers.get(api.apiKey, connection.listenerType)
    if (!handler || !isSpoken(handler, version))
      return this.#unsupported(connection, api, version, header.correlationId)

    const quota = this.#quotas?.begin(connection.peer.principal.name, header.clientId) ?? null
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
      permissions: this.#permissions(connection, handler),
      quota,
      requestBytes: frame.length,
      answerRoomBytes,
    }
    try {
      const answer = this.#answer(handler, context, request)
      if (isLater(answer)) return this.#pending(handler, context, request, answer, undefined, beganMs)
      if (answer instanceof Staged) {
        return this.#pending(handler, context, request, answer.outcome, answer.placed, beganMs)
      }
      return this.#counted(handler, context, this.#reply(handler, context, request, answer), beganMs, null)
    } catch (error) {
      return this.#counted(handler, context, this.#failed(handler, context, request, error), beganMs, null)
    }
  }

  /** The whole answer to a request that came inside of another one; null: it ends without. */
  async answerOf(connection: ConnectionContext, frame: Buffer): Promise<readonly Buffer[] | null> {
    const reply = this.dispatch(connection, frame, 0)
    return (reply instanceof Pending ? await reply.reply : reply).frame
  }

  #answer(handler: ApiHandler, context: RequestContext, request: Decoded<MessageSchema>): HandlerAnswer {
    if (this.#interceptor === null) return this.#handled(handler, context, request)
    const proceed = (passed: Decoded<MessageSchema>) => this.#handled(handler, context, passed)
    return this.#interceptor.intercept({ handler, context, request, proceed })
  }

  #handled(handler: ApiHandler, context: RequestContext, request: Decoded<MessageSchema>): HandlerAnswer {
    return this.#judge === null ? handler.handle(context, request) : judged(this.#judge, handler, context, request)
  }

  /** Answers the request with an error, whatever it asks for, and ends the connection behind it. */
  refuse(connection: ConnectionContext, frame: Buffer, code: number): Reply {
    try {
      const { api, header, reader } = readRequestHeader(frame)
      const { requestApiVersion: apiVersion, correlationId, clientId } = header
      const { apiKey } = api
      const handler = this.#handlers.get(apiKey, connection.listenerType)
      if (!handler || !isSpoken(handler, apiVersion)) return CLOSE
      const request = codec(handler.request, apiVersion).decode(reader)
      const sizes = { requestBytes: frame.length, answerRoomBytes: 0 }
      const context = { apiKey, apiVersion, correlationId, clientId, connection, permissions: EVERYTHING, quota: null }
      const response = handler.errorResponse({ ...context, ...sizes }, request, code, null)
      return response === null ? CLOSE : new Reply(encode({ ...context, ...sizes }, response), [], 0, true)
    } catch {
      return CLOSE
    }
  }

  /** null where no request is timed: a look at the clock is for nothing then. */
  get #nowMs(): number | null {
    return this.#metrics?.clock.monotonicMs() ?? null
  }

  #permissions(connection: ConnectionContext, handler: ApiHandler): Permissions {
    return this.#judge === null ? EVERYTHING : this.#judge.permissions(connection, handler.name)
  }

  #pending(
    handler: ApiHandler,
    context: RequestContext,
    request: Decoded<MessageSchema>,
    outcome: Promise<Answer> | Later<Answer>,
    placed: Pending['placed'],
    beganMs: number,
  ): Pending {
    context.quota?.waits()
    const waitsMs = this.#nowMs
    const reply = Later.of(outcome).then(
      (answer) => this.#counted(handler, context, this.#reply(handler, context, request, answer), beganMs, waitsMs),
      (error: unknown) =>
        this.#counted(handler, context, this.#failed(handler, context, request, error), beganMs, waitsMs),
    )
    return new Pending(reply, placed, handler.waitsByDesign === true)
  }

  /** `waitsMs`: when the request began to wait for something; null: it did not. */
  #counted(
    { apiKey, name, waitsByDesign }: ApiHandler,
    context: RequestContext,
    reply: Reply,
    beganMs: number,
    waitsMs: number | null,
  ): Reply {
    if (this.#metrics === null) return reply
    const { apiVersion, requestBytes } = context
    const nowMs = reply.readyMs ?? this.#metrics.clock.monotonicMs()
    const localMs = (waitsMs ?? nowMs) - beganMs
    // A request that is made to wait is slow only where its own work was.
    this.#notable?.took(name, context, waitsByDesign ? localMs : nowMs - beganMs, localMs)
    let responseBytes = 0
    for (const { length } of reply.frame ?? []) responseBytes += length
    const request = { version: apiVersion, requestBytes, responseBytes, throttleTimeMs: reply.throttleTimeMs }
    this.#metrics.of(apiKey, name).answered(request, beganMs, waitsMs, nowMs)
    return reply
  }

  #reply(handler: ApiHandler, context: RequestContext, request: Decoded<MessageSchema>, answer: Answer): Reply {
    const outcome = answer instanceof Outcome ? answer : new Outcome(answer)
    const { response, lent, closeReason, peer } = outcome
    // As in Kafka, the time of a request without an answer does not count: its client could not be told.
    const throttleTimeMs = Math.max(outcome.throttleTimeMs, response === null ? 0 : (context.quota?.ends() ?? 0))
    if (throttleTimeMs > 0) this.#notable?.throttled(handler.name, context, throttleTimeMs)
    if (closeReason !== null) this.#logClose(context.connection, closeReason)
    try {
      const frame = response === null ? null : encode(context, throttled(response, throttleTimeMs))
      if (response !== null) this.#metrics?.of(context.apiKey, handler.name).countErrors(handler.response, response)
      return new Reply(frame, lent, throttleTimeMs, closeReason !== null, peer, this.#nowMs)
    } catch (error) {
      releaseAll(lent)
      return this.#failed(handler, context, request, error)
    }
  }

  #failed(handler: ApiHandler, context: RequestContext, request: Decoded<MessageSchema>, error: unknown): Reply {
    const known = error instanceof KafkaError
    if (!known) {
      this.#logger.error(
        { err: error, api: handler.name, version: context.apiVersion, connection: context.connection.id },
        `${handler.name} failed unexpectedly`,
      )
    }
    try {
      const code = known ? error.code : ErrorCode.UNKNOWN_SERVER_ERROR
      const response = handler.errorResponse(context, request, code, known ? error.message : null)
      if (response === null) return CLOSE
      const throttleTimeMs = context.quota?.ends() ?? 0
      this.#metrics?.of(context.apiKey, handler.name).countErrors(handler.response, response)
      const frame = encode(context, throttled(response, throttleTimeMs))
      return new Reply(frame, [], throttleTimeMs, false, null, this.#nowMs)
    } catch (secondError) {
      this.#logger.error({ err: secondError, api: handler.name }, `The error response of ${handler.name} failed`)
      return CLOSE
    }
  }

  /**
   * A client asks ApiVersions before it knows anything: in a version that is not spoken it is answered in version 0,
   * with the versions of ApiVersions itself to choose from (KIP-511). Anything else is a client that did not ask.
   */
  #unsupported(connection: ConnectionContext, api: Api, version: number, correlationId: number): Reply {
    const { listenerType } = connection
    if (api.apiKey !== API_VERSIONS_KEY || !this.#handlers.get(API_VERSIONS_KEY, listenerType)) {
      return this.#close(connection, `${api.name} version ${version} is not enabled`)
    }
    const versions = this.#handlers.versionsOfApiVersions(listenerType)
    const response = {
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      apiKeys: versions.map(({ apiKey, minVersion, maxVersion }) => ({ apiKey, minVersion, maxVersion })),
    }
    return new Reply(responseFrame(api, 0, correlationId, response))
  }

  #close(connection: ConnectionContext, why: string, error?: unknown): Reply {
    this.#logClose(connection, error instanceof ProtocolError ? `${why}: ${error.message}` : why)
    if (error !== undefined && !(error instanceof ProtocolError))
      this.#logger.error({ err: error }, 'Reading a request failed')
    return CLOSE
  }

  /** A hostile or confused peer is not an error of the broker: one line, without a stack. */
  #logClose(connection: ConnectionContext, why: string): void {
    this.#logger.warn({ connection: connection.id }, `Closing ${connection.id} because ${why}`)
  }
}

function isSpoken({ minVersion, maxVersion }: ApiHandler, version: number): boolean {
  return version >= minVersion && version <= maxVersion
}

/** Responses of all APIs, but for a few that are never throttled, have the same field for it. */
function throttled(response: Encodable<MessageSchema>, throttleTimeMs: number): Encodable<MessageSchema> {
  return throttleTimeMs > 0 ? { ...response, throttleTimeMs } : response
}

function encode({ apiKey, apiVersion, correlationId }: RequestContext, answer: Encodable<MessageSchema>): Buffer[] {
  const api = apisByKey.get(apiKey)
  if (api === undefined) throw new Error(`API ${apiKey} has a handler and no schema`)
  return responseFrame(api, apiVersion, correlationId, answer)
}
