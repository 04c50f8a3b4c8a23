/**
 * One connection to a broker: requests out, responses in, matched by correlation id. A connection that has failed in any
 * way (closed, timed out, answered nonsense) is done for: every request in flight fails with it, as in Kafka's clients,
 * because what a later response would belong to is not known any more.
 */
import { codec } from '../../protocol/compile.ts'
import { ErrorCode } from '../../protocol/errors.ts'
import { readResponseHeader, requestFrame } from '../../protocol/frame.ts'
import { ApiVersionsRequest, ApiVersionsResponse } from '../../protocol/messages/api-versions.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import { type Api, apisByKey } from '../../protocol/registry.ts'
import type { Decoded, Encodable, MessageSchema } from '../../protocol/schema.ts'
import { VERSION } from '../config/version.ts'
import type { Clock, Connection, Network, Timer } from '../env/index.ts'
import { NetworkError } from '../env/index.ts'
import type { SlabPool } from '../env/slab-pool.ts'
import { TLS_HANDSHAKE_FAILED } from '../env/tls.ts'
import type { ClientSecurity } from '../security/client-security.ts'
import { ClientError } from './errors.ts'
import { logIn } from './login.ts'
import type { RequestBody, RequestOptions, Requests } from './requests.ts'
import { ResponseFrames } from './response-frames.ts'
import { chooseVersion, type VersionRange } from './versions.ts'

export interface ConnectionOptions {
  network: Network
  clock: Clock
  host: string
  port: number
  clientId: string
  connectTimeoutMs: number
  requestTimeoutMs: number
  maxResponseBytes: number
  /** null, or absent: PLAINTEXT. */
  security?: ClientSecurity | null
  /** Slabs for large responses (`RequestOptions.lent`); absent: memory of their own. */
  memory?: SlabPool
}

interface InFlight {
  api: Api
  version: number
  timer: Timer
  lent: RequestOptions['lent']
  resolve(message: object): void
  reject(error: ClientError): void
}

const SOFTWARE_NAME = 'samsa'
const INT32_MAX = 2 ** 31 - 1

export class BrokerConnection implements Requests {
  readonly #options: ConnectionOptions
  readonly #connection: Connection
  readonly #frames: ResponseFrames
  readonly #inFlight = new Map<number, InFlight>()
  #correlationId = 0
  #failure: ClientError | null = null
  /** By API key; empty until the broker has told. */
  #versions: ReadonlyMap<number, VersionRange> = new Map()
  #featureLevels: ReadonlyMap<string, number> = new Map()
  /** On the monotonic clock: the first request after it waits for a new login. */
  #loginEndsMs = Number.POSITIVE_INFINITY
  /** A new login that is under way; what was sent before it is still answered. */
  #renewal: Promise<void> | null = null

  private constructor(options: ConnectionOptions, connection: Connection) {
    this.#options = options
    this.#connection = connection
    this.#frames = new ResponseFrames(options.maxResponseBytes, options.memory)
    connection.handle({
      data: (chunk) => this.#receive(() => this.#frames.push(chunk)),
      target: () => this.#frames.target(),
      filled: (count) => {
        const frame = this.#frames.filled(count)
        if (frame !== null) this.#receive(() => [frame])
      },
      close: (error) => this.#fail(closedBy(this.address, error)),
    })
  }

  /** Connects, asks for the versions that the broker speaks and logs in. Rejects with a `ClientError`. */
  static async open(options: ConnectionOptions): Promise<BrokerConnection> {
    const { network, host, port, connectTimeoutMs, security } = options
    const tls = await security?.tls?.(host)
    let connection: Connection
    try {
      connection = await network.connect({ host, port, timeoutMs: connectTimeoutMs, ...(tls && { tls }) })
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      throw error.code === TLS_HANDSHAKE_FAILED
        ? new ClientError('refused', error.message, { cause: error })
        : new ClientError('unreachable', `No broker answers at ${host}:${port} (${error.code})`, { cause: error })
    }
    const opened = new BrokerConnection(options, connection)
    try {
      await opened.#askVersions()
      await opened.#logIn()
      return opened
    } catch (error) {
      opened.close()
      throw error
    }
  }

  get address(): string {
    return `${this.#options.host}:${this.#options.port}`
  }

  get isOpen(): boolean {
    return this.#failure === null
  }

  /** The versions of an API that the broker says it speaks. */
  versionsOf(apiKey: number): VersionRange | undefined {
    return this.#versions.get(apiKey)
  }

  /** The level at which the broker says its cluster is in a feature (`metadata.version`). */
  levelOf(feature: string): number | undefined {
    return this.#featureLevels.get(feature)
  }

  /** Sends the request in the highest version that both sides speak. Rejects with a `ClientError`. */
  async request<Q extends MessageSchema, S extends MessageSchema>(
    request: Q,
    response: S,
    body: RequestBody<Q>,
    options: RequestOptions = {},
  ): Promise<Decoded<S>> {
    if (this.#options.clock.monotonicMs() >= this.#loginEndsMs || this.#renewal !== null) await this.#renewed()
    return this.#sendAs(request, response, body, options)
  }

  /** Sends a request that has no answer, as Produce with acks 0; one that is asked behind it is answered behind it. */
  tell<Q extends MessageSchema>(request: Q, body: Encodable<Q>, { maxVersion }: RequestOptions = {}): void {
    if (this.#failure !== null) throw this.#failure
    const version = this.#versionFor(request, maxVersion)
    this.#connection.write(requestFrame(apiOf(request), version, this.#nextHeader(), body))
  }

  close(): void {
    this.#fail(new ClientError('disconnected', `the connection to ${this.address} was closed`))
  }

  async #logIn(): Promise<void> {
    const login = this.#options.security?.login ?? null
    if (login === null) return
    const requests: Requests = { address: this.address, request: this.#sendAs.bind(this) as Requests['request'] }
    this.#loginEndsMs = this.#options.clock.monotonicMs() + (await logIn(requests, login))
  }

  /** A connection whose new login failed is done for, as it is for the broker. */
  #renewed(): Promise<void> {
    this.#renewal ??= this.#logIn()
      .catch((error: unknown) => {
        if (error instanceof ClientError) this.#fail(error)
        throw error
      })
      .finally(() => {
        this.#renewal = null
      })
    return this.#renewal
  }

  async #sendAs<Q extends MessageSchema, S extends MessageSchema>(
    request: Q,
    response: S,
    body: RequestBody<Q>,
    options: RequestOptions = {},
  ): Promise<Decoded<S>> {
    const version = this.#versionFor(request, options.maxVersion)
    return this.#send(response, version, typeof body === 'function' ? body(version) : body, options)
  }

  #versionFor(request: MessageSchema, maxVersion: number | undefined): number {
    const version = chooseVersion(request, this.#versions.get(request.apiKey), maxVersion)
    if (version !== null) return version
    const name = request.name.replace(/Request$/, '')
    throw new ClientError('unsupported', `The broker at ${this.address} does not speak ${name} in a version known here`)
  }

  #nextHeader(): { correlationId: number; clientId: string } {
    const correlationId = this.#correlationId
    this.#correlationId = correlationId === INT32_MAX ? 0 : correlationId + 1
    return { correlationId, clientId: this.#options.clientId }
  }

  /** A broker that does not know our version answers in version 0, with UNSUPPORTED_VERSION (KIP-511). */
  async #askVersions(): Promise<void> {
    const software = { clientSoftwareName: SOFTWARE_NAME, clientSoftwareVersion: VERSION }
    const { maxVersion } = ApiVersionsRequest
    let answer = await this.#send(ApiVersionsResponse, maxVersion, software)
    if (answer.errorCode === ErrorCode.UNSUPPORTED_VERSION) {
      const range = answer.apiKeys.find(({ apiKey }) => apiKey === ApiVersionsRequest.apiKey)
      answer = await this.#send(ApiVersionsResponse, Math.min(range?.maxVersion ?? 0, maxVersion), software)
    }
    if (answer.errorCode !== ErrorCode.NONE) {
      throw new ClientError('unsupported', `The broker at ${this.address} refuses to say which versions it speaks`)
    }
    this.#versions = new Map(answer.apiKeys.map(({ apiKey, ...range }) => [apiKey, range]))
    this.#featureLevels = new Map(answer.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
  }

  #send<S extends MessageSchema>(
    response: S,
    version: number,
    body: object,
    { timeoutMs = this.#options.requestTimeoutMs, lent }: RequestOptions = {},
  ): Promise<Decoded<S>> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const api = apiOf(response)
    const header = this.#nextHeader()
    const { correlationId } = header
    const frame = requestFrame(api, version, header, body)
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.schedule(timeoutMs, () => {
        this.#fail(new ClientError('timeout', `${this.address} has not answered ${api.name} within ${timeoutMs} ms`))
      })
      const waiting = { api, version, timer, lent, resolve: resolve as InFlight['resolve'], reject }
      this.#inFlight.set(correlationId, waiting)
      this.#connection.write(frame)
    })
  }

  #receive(frames: () => Iterable<Buffer>): void {
    try {
      for (const frame of frames()) this.#answer(frame)
    } catch (error) {
      if (!(error instanceof ClientError) && !(error instanceof ProtocolError)) throw error
      this.#fail(new ClientError('malformed', `${this.address} is not understood: ${error.message}`, { cause: error }))
    }
  }

  #answer(frame: Buffer): void {
    const correlationId = frame.readInt32BE(0)
    const waiting = this.#inFlight.get(correlationId)
    if (waiting === undefined) throw new ClientError('malformed', `nobody waits for response ${correlationId}`)
    const version = answeredVersion(waiting, frame)
    const { reader } = readResponseHeader(waiting.api, version, frame)
    const message = codec(waiting.api.response, version).decode(reader)
    this.#inFlight.delete(correlationId)
    waiting.timer.cancel()
    waiting.lent?.(frame)
    waiting.resolve(message)
  }

  #fail(error: ClientError): void {
    if (this.#failure !== null) return
    this.#failure = error
    this.#connection.destroy()
    const waiting = [...this.#inFlight.values()]
    this.#inFlight.clear()
    for (const { timer, reject } of waiting) {
      timer.cancel()
      reject(error)
    }
  }
}

const apiOf = ({ apiKey }: MessageSchema): Api => apisByKey.get(apiKey)!

/** A broker that does not take a client's certificate says so when the client has done its part of the handshake. */
function closedBy(address: string, error: NetworkError | null): ClientError {
  const alert = /^ERR_SSL_(?:TLSV\w+_|SSL\w*_)?ALERT_(\w+)$/.exec(error?.code ?? '')?.[1]
  if (alert === undefined) return new ClientError('disconnected', `${address} closed the connection`, { cause: error })
  const words = alert.toLowerCase().replaceAll('_', ' ')
  return new ClientError('refused', `${address} closed the connection: ${words}`, { cause: error })
}

const CORRELATION_ID_BYTES = 4

/** An ApiVersions request of a version that the broker does not know is the only one that another version answers. */
function answeredVersion({ api, version }: InFlight, frame: Buffer): number {
  if (api.apiKey !== ApiVersionsRequest.apiKey) return version
  return frame.readInt16BE(CORRELATION_ID_BYTES) === ErrorCode.UNSUPPORTED_VERSION ? 0 : version
}
