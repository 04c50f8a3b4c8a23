/**
 * One client of a proxy and its connection to a broker. Requests go on in the order in which they came, answers go back in
 * that order. A request that nobody looks at goes on as the bytes that it is; so does its answer, unless it leads to other
 * brokers. A request that somebody looks at holds up those behind it until it has been sent, or answered in the broker's
 * place, as a broker does with the requests of one connection.
 */
import { codec } from '../../protocol/compile.ts'
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import { readRequestHeader, readResponseHeader, requestFrame, responseFrame } from '../../protocol/frame.ts'
import { type Api, apisByKey } from '../../protocol/registry.ts'
import type { Decoded, Encodable, MessageSchema } from '../../protocol/schema.ts'
import { EVERYTHING } from '../dispatch/access.ts'
import type { RequestContext } from '../dispatch/handler.ts'
import type { HandlerAnswer } from '../dispatch/interceptor.ts'
import { Outcome, Staged } from '../dispatch/outcome.ts'
import type { Connection } from '../env/index.ts'
import { ANONYMOUS } from '../security/principal.ts'
import { foreignProtocol } from '../server/foreign-protocol.ts'
import { FrameReader, ReceiveMemory } from '../server/frame-reader.ts'
import { addressesIn, mayHaveAddresses } from './addresses.ts'
import type { Surroundings } from './surroundings.ts'
import { withKnownVersions } from './versions.ts'

const SIZE_BYTES = 4
const CORRELATION_ID_BYTES = 4
/** Key, version, correlation id and the length of the client id. */
const LEAST_HEADER_BYTES = 10
const MAX_REQUEST_BYTES = 100 * 1024 * 1024
const MAX_RESPONSE_BYTES = 2 ** 31 - 1
const PRODUCE = 0
const METADATA = 3
const SASL_HANDSHAKE = 17
const API_VERSIONS = 18

type Message = Decoded<MessageSchema>

/** The answer that a client is owed. */
interface Owed {
  /** null: of an API or a version that is not known here. */
  readonly api: Api | null
  readonly version: number
  readonly correlationId: number
  /** The frame with its size; null: none is sent. Absent: it is not there yet. */
  frame?: readonly Buffer[] | null
  /** The broker has answered. */
  hasArrived?: boolean
  throttleTimeMs?: number
  closes?: boolean
  /** Takes the decoded answer where somebody looks at it. */
  settle?: { resolve(answer: Message): void; reject(error: Error): void }
  /** The answer of the broker where it was decoded, and its bytes as they go to the client. */
  decoded?: { readonly answer: Message; readonly bytes: readonly Buffer[] }
}

const memory = new ReceiveMemory(() => false)

export class Session {
  readonly id: string
  readonly #around: Surroundings
  readonly #client: Connection
  readonly #broker: string
  #upstream: Connection | null = null
  #clientId: string | null = null
  /** In the order of the requests. */
  readonly #owed: Owed[] = []
  /** The broker has been asked for these, and has not answered. */
  #asked: Owed[] = []
  /** The request whose turn it is to be sent; null: the next one may be. */
  #turn: Promise<void> | null = null
  /** The reasons for which nothing is read from the client. */
  #pauses = 0
  /** More is written to the broker than it has taken. */
  #isUpstreamFull = false
  #isFlushing = false
  #isUpstreamOver = false
  #isOver = false

  constructor(client: Connection, broker: string, id: string, around: Surroundings) {
    this.id = id
    this.#client = client
    this.#broker = broker
    this.#around = around
  }

  /** Connects to the broker and carries bytes both ways until one side ends. */
  async run(connect: () => Promise<Connection>): Promise<void> {
    const early: Buffer[] = []
    const requests = this.#cutter(MAX_REQUEST_BYTES, (frame) => this.#request(frame))
    this.#client.handle({
      data: (chunk) => (this.#upstream === null ? early.push(Buffer.from(chunk)) : requests(chunk)),
      drain: () => this.#upstream?.resume(),
      close: () => this.#end(),
    })
    this.#pause()
    try {
      this.#upstream = await connect()
    } catch (error) {
      this.#around.logger.warn(`${this.#broker} cannot be reached: ${(error as Error).message}`)
      return this.#end()
    }
    if (this.#isOver) return this.#upstream.destroy()
    this.#upstream.handle({
      data: this.#cutter(MAX_RESPONSE_BYTES, (frame) => this.#response(frame)),
      drain: () => {
        if (!this.#isUpstreamFull) return
        this.#isUpstreamFull = false
        this.#resume()
      },
      close: () => {
        this.#isUpstreamOver = true
        this.#endWithBroker()
      },
    })
    for (const chunk of early) requests(chunk)
    this.#resume()
  }

  destroy(): void {
    this.#end()
  }

  #cutter(maxBytes: number, take: (frame: Buffer) => void): (chunk: Buffer) => void {
    const reader = new FrameReader(() => maxBytes, memory)
    let isFirst = true
    return (chunk) => {
      if (this.#isOver) return
      const foreign = isFirst ? foreignProtocol(chunk) : null
      isFirst = false
      try {
        if (foreign !== null) throw new Error(adviceOn(foreign))
        reader.push(chunk)
        for (let frame = reader.next(); frame !== null; frame = reader.next()) take(frame)
        reader.keep()
      } catch (error) {
        this.#fail(error as Error)
      }
    }
  }

  #request(frame: Buffer): void {
    if (frame.length < LEAST_HEADER_BYTES) throw new Error('a request has no header')
    const [apiKey, version, correlationId] = [frame.readInt16BE(0), frame.readInt16BE(2), frame.readInt32BE(4)]
    if (apiKey === SASL_HANDSHAKE && version === 0) {
      throw new Error(
        'the client logs in by SaslHandshake v0, behind which its bytes are no requests: it has to be newer than Kafka 1.0',
      )
    }
    const api = apisByKey.get(apiKey) ?? null
    const isKnown = api !== null && version >= api.request.oldestVersion && version <= api.request.maxVersion
    if (!isKnown) this.#around.unknown(apiKey, version)
    const owed: Owed = { api: isKnown ? api : null, version, correlationId }
    this.#owed.push(owed)
    if (isKnown && this.#around.looksAt(apiKey)) this.#inTurn(() => this.#lookAt(api, frame, owed))
    else if (this.#turn === null) this.#ask(owed, [sizeOf(frame), frame])
    else this.#inTurn(async () => this.#ask(owed, [sizeOf(frame), frame]))
    this.#clientId ??= clientIdOf(frame)
    this.#around.faults.seen(this.#client, this.#clientId)
  }

  #inTurn(work: () => Promise<void>): void {
    const turn = (this.#turn ?? Promise.resolve()).then(work).catch((error: Error) => this.#fail(error))
    this.#turn = turn
    void turn.then(() => {
      if (this.#turn === turn) this.#turn = null
    })
  }

  #ask(owed: Owed, frame: readonly Buffer[]): void {
    if (this.#upstream === null || this.#isOver) return
    this.#asked.push(owed)
    if (this.#upstream.write(frame) || this.#isUpstreamFull) return
    // It says once that there is room again, however many requests were written beyond it.
    this.#isUpstreamFull = true
    this.#pause()
  }

  /** Resolves when the request has been sent, or is answered without. */
  async #lookAt(api: Api, frame: Buffer, owed: Owed): Promise<void> {
    const handler = this.#around.shapeOf(api.apiKey)
    const { header, reader } = readRequestHeader(frame)
    const request = codec(api.request, owed.version).decode(reader)
    const context = this.#contextOf(api, owed, frame.length)
    const begunMs = this.#around.clock.monotonicMs()
    let isSent = () => {}
    const sent = new Promise<void>((resolve) => {
      isSent = resolve
    })
    const proceed = (passed: Message): HandlerAnswer => {
      const { clientId, correlationId } = header
      const bytes =
        passed === request
          ? [sizeOf(frame), frame]
          : requestFrame(api, owed.version, { correlationId, clientId }, passed)
      const answer = new Promise<Message>((resolve, reject) => {
        owed.settle = { resolve, reject }
      })
      this.#ask(owed, bytes)
      isSent()
      return api.apiKey === PRODUCE && passed.acks === 0 ? new Outcome(null) : answer
    }
    const answered = this.#intercepted({ handler, context, request, proceed })
      .catch((error: unknown) => errorOf(error, handler.errorResponse(context, request, codeOf(error), null)))
      .then((outcome) => {
        this.#around.trace({ session: this.id, broker: this.#broker, context, api, request, outcome, begunMs })
        this.#settle(api, owed, outcome)
      })
      .catch((error: Error) => this.#fail(error))
    await Promise.race([sent, answered])
  }

  async #intercepted(exchange: Parameters<Surroundings['intercept']>[0]): Promise<Outcome> {
    const answer = this.#around.intercept(exchange)
    const settled = answer instanceof Staged ? await answer.outcome : await answer
    return settled instanceof Outcome ? settled : new Outcome(settled)
  }

  #settle(api: Api, owed: Owed, { response, throttleTimeMs, closeReason }: Outcome): void {
    const { decoded } = owed
    owed.closes = closeReason !== null
    owed.throttleTimeMs = response === null ? 0 : throttleTimeMs
    if (response === null) owed.frame = null
    else if (response === decoded?.answer && throttleTimeMs === 0) owed.frame = decoded.bytes
    else {
      const told = throttleTimeMs > 0 ? { ...response, throttleTimeMs } : response
      owed.frame = responseFrame(api, owed.version, owed.correlationId, told)
    }
    this.#flush()
  }

  #response(frame: Buffer): void {
    if (frame.length < CORRELATION_ID_BYTES) throw new Error(`${this.#broker} answers without a header`)
    const correlationId = frame.readInt32BE(0)
    const at = this.#asked.findIndex((each) => each.correlationId === correlationId)
    if (at < 0) throw new Error(`${this.#broker} answers request ${correlationId}, which nobody has made`)
    // A broker answers in order: those before it get no answer (Produce with acks=0).
    for (const unanswered of this.#asked.slice(0, at)) unanswered.frame ??= null
    const owed = this.#asked[at] as Owed
    owed.hasArrived = true
    this.#asked = this.#asked.slice(at + 1)
    const { api, version, settle } = owed
    const bytes = [sizeOf(frame), frame]
    const isNeeded = api !== null && (settle || api.apiKey === API_VERSIONS || mayHaveAddresses(api.apiKey, version))
    if (!isNeeded) {
      owed.frame = bytes
      return this.#flush()
    }
    this.#rewritten(api, owed, frame).then(
      (decoded) => {
        owed.decoded = decoded
        if (settle) return settle.resolve(decoded.answer)
        owed.frame = decoded.bytes
        this.#flush()
      },
      (error: Error) => {
        this.#around.logger.warn(`An answer of ${api.name} v${version} is passed on as it is: ${error.message}`)
        owed.frame = bytes
        this.#flush()
      },
    )
  }

  /** The answer with addresses that lead here, and the bytes for the client: the same ones where nothing is to be changed. */
  async #rewritten(api: Api, { version, correlationId }: Owed, frame: Buffer) {
    const spoken = answeredVersion(api, version, frame)
    const { reader } = readResponseHeader(api, spoken, frame)
    const answer = codec(api.response, spoken).decode(reader)
    if (api.apiKey === METADATA) this.#around.learn(answer)
    let isChanged = api.apiKey === API_VERSIONS && withKnownVersions(answer)
    for (const place of addressesIn(api.apiKey, answer)) {
      const local = await this.#around.localOf(place, this.#client)
      Object.assign(place, local)
      isChanged = true
    }
    const bytes = isChanged ? responseFrame(api, spoken, correlationId, answer) : [sizeOf(frame), frame]
    return { answer, bytes }
  }

  #flush(): void {
    if (this.#isFlushing || this.#isOver) return
    this.#isFlushing = true
    for (let first = this.#owed[0]; first?.frame !== undefined && !this.#isOver; first = this.#owed[0]) {
      this.#owed.shift()
      if (first.frame !== null && !this.#client.write(first.frame)) this.#upstream?.pause()
      if (first.closes) this.#end()
      if (first.throttleTimeMs) {
        this.#pause()
        this.#around.clock.schedule(first.throttleTimeMs, () => this.#resume())
      }
    }
    this.#isFlushing = false
    if (this.#isUpstreamOver) this.#endWithBroker()
  }

  /** The broker has closed its side: what it said before goes on to the client first. */
  #endWithBroker(): void {
    if (!this.#owed.some(({ hasArrived, frame }) => hasArrived === true && frame === undefined)) this.#end()
  }

  #pause(): void {
    if (this.#pauses++ === 0) this.#client.pause()
  }

  #resume(): void {
    if (this.#pauses > 0 && --this.#pauses === 0 && !this.#isOver) this.#client.resume()
  }

  #fail(error: Error): void {
    this.#around.logger.warn(`Closing ${this.id}: ${error.message}`)
    this.#end()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#upstream?.destroy()
    this.#client.end()
    for (const { settle } of this.#asked) settle?.reject(new Error('the connection has ended'))
    this.#around.ended(this)
  }

  #contextOf({ apiKey }: Api, { version, correlationId }: Owed, requestBytes: number): RequestContext {
    const { localAddress, localPort, remoteAddress, remotePort } = this.#client
    return {
      apiKey,
      apiVersion: version,
      correlationId,
      clientId: this.#clientId,
      permissions: EVERYTHING,
      quota: null,
      requestBytes,
      answerRoomBytes: MAX_RESPONSE_BYTES,
      connection: {
        id: this.id,
        listenerName: 'PROXY',
        listenerType: 'broker',
        securityProtocol: 'PLAINTEXT',
        localAddress,
        localPort,
        remoteAddress,
        remotePort,
        peer: { principal: ANONYMOUS, softwareName: '', softwareVersion: '' },
        sasl: null,
        onClose: () => () => {},
      },
    }
  }
}

const codeOf = (error: unknown): number => (error instanceof KafkaError ? error.code : ErrorCode.UNKNOWN_SERVER_ERROR)

/** A rule that throws is answered as a broker answers its own mistakes. */
function errorOf(error: unknown, response: Encodable<MessageSchema> | null): Outcome {
  return new Outcome(response, { closeReason: response === null ? String(error) : null })
}

function sizeOf(frame: Buffer): Buffer {
  const size = Buffer.allocUnsafe(SIZE_BYTES)
  size.writeInt32BE(frame.length)
  return size
}

/** The client id of a request of any version. */
function clientIdOf(frame: Buffer): string | null {
  const length = frame.readInt16BE(LEAST_HEADER_BYTES - 2)
  return length < 0 ? null : frame.toString('utf8', LEAST_HEADER_BYTES, LEAST_HEADER_BYTES + length)
}

/** A broker that does not know the client's version of ApiVersions answers in version 0 (KIP-511). */
function answeredVersion({ apiKey }: Api, version: number, frame: Buffer): number {
  if (apiKey !== API_VERSIONS) return version
  return frame.readInt16BE(CORRELATION_ID_BYTES) === ErrorCode.UNSUPPORTED_VERSION ? 0 : version
}

function adviceOn(protocol: string): string {
  return protocol === 'TLS'
    ? 'the client speaks TLS, which a proxy cannot look into: give it security.protocol=PLAINTEXT (or SASL_PLAINTEXT) for its way here, and the proxy --command-config for TLS from here to the brokers'
    : `the client speaks ${protocol}, and this is a port for clients of Kafka`
}
