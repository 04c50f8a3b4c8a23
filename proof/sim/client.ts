import { decodeMessage } from '../../protocol/compile.ts'
import { ErrorCode, errorName, isRetriable } from '../../protocol/errors.ts'
import { readResponseHeader, requestFrame } from '../../protocol/frame.ts'
import { type Api, apisByKey } from '../../protocol/registry.ts'
import type { Decoded, Encodable, MessageSchema } from '../../protocol/schema.ts'
import type { Connection, Environment, Timer } from '../../src/env/index.ts'

const DEFAULT_TIMEOUT_MS = 3000
const SIZE_BYTES = 4

/** No answer: the request may have been carried out, or not. */
export class NoAnswer extends Error {}

interface Pending {
  connection: Connection
  api: Api
  version: number
  timer: Timer
  resolve(body: unknown): void
  reject(error: Error): void
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** The broker that a request is for, by the request; null: nobody is it now. */
export type Route = (api: Api, body: unknown) => Address | null

/** One broker, or several. */
export type Where = Address | Route

/** One connection to each broker, made when it is needed and again after it is lost. */
export class SimClient {
  readonly environment: Environment
  readonly #clientId: string
  readonly #where: Where
  readonly #brokers = new Map<string, BrokerConnection>()

  constructor(environment: Environment, clientId: string, where: Where) {
    this.environment = environment
    this.#clientId = clientId
    this.#where = where
  }

  /** The broker that a request is for, as it is known now; null: nobody is it. */
  addressFor(request: MessageSchema, body: unknown): Address | null {
    return typeof this.#where === 'function' ? this.#where(apiOf(request), body) : this.#where
  }

  /** Rejects with `NoAnswer` when the connection is lost or nothing comes in time; then it is closed, as clients do. */
  request<Request extends MessageSchema, Response extends MessageSchema>(
    request: Request,
    _response: Response,
    version: number,
    body: Encodable<Request>,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<Decoded<Response>> {
    const api = apiOf(request)
    const address = this.addressFor(request, body)
    if (address === null) return Promise.reject(new NoAnswer(`nobody is there to answer ${api.name}`))
    return this.#broker(address).request(api, version, body, timeoutMs)
  }

  close(): void {
    for (const broker of this.#brokers.values()) broker.close()
  }

  #broker(address: Address): BrokerConnection {
    const key = `${address.host}:${address.port}`
    const known = this.#brokers.get(key)
    if (known !== undefined) return known
    const broker = new BrokerConnection(this.environment, this.#clientId, address)
    this.#brokers.set(key, broker)
    return broker
  }
}

function apiOf({ apiKey }: MessageSchema): Api {
  const api = apisByKey.get(apiKey)
  if (api === undefined) throw new Error(`there is no API ${apiKey}`)
  return api
}

class BrokerConnection {
  readonly environment: Environment
  readonly #clientId: string
  readonly #address: Address
  #connecting: Promise<Connection> | null = null
  #pending = new Map<number, Pending>()
  #correlationId = 0

  constructor(environment: Environment, clientId: string, address: Address) {
    this.environment = environment
    this.#clientId = clientId
    this.#address = address
  }

  async request<Answer>(api: Api, version: number, body: object, timeoutMs: number): Promise<Answer> {
    const connection = await this.#connect()
    const correlationId = this.#correlationId++
    return new Promise((resolve, reject) => {
      const timer = this.environment.clock.schedule(timeoutMs, () => {
        connection.destroy()
        this.#lost(connection, `${api.name} was not answered within ${timeoutMs} ms`)
      })
      const answered = (answer: unknown) => resolve(answer as Answer)
      this.#pending.set(correlationId, { connection, api, version, timer, resolve: answered, reject })
      connection.write(requestFrame(api, version, { correlationId, clientId: this.#clientId }, body))
    })
  }

  close(): void {
    this.#connecting?.then(
      (connection) => connection.end(),
      () => {},
    )
  }

  #connect(): Promise<Connection> {
    this.#connecting ??= this.environment.network.connect({ ...this.#address, timeoutMs: 1000 }).then(
      (connection) => {
        const frames = new FrameBuffer((frame) => this.#answered(frame))
        connection.handle({
          data: (chunk) => frames.add(chunk),
          close: () => this.#lost(connection, 'the connection was closed'),
        })
        return connection
      },
      (error) => {
        this.#connecting = null
        throw new NoAnswer(error.message)
      },
    )
    return this.#connecting
  }

  #lost(connection: Connection, why: string): void {
    this.#connecting?.then(
      (current) => {
        if (current === connection) this.#connecting = null
      },
      () => {},
    )
    // Its end may be heard of when there is another one already.
    for (const [correlationId, pending] of this.#pending) {
      if (pending.connection !== connection) continue
      this.#pending.delete(correlationId)
      pending.timer.cancel()
      pending.reject(new NoAnswer(why))
    }
  }

  #answered(frame: Buffer): void {
    // The correlation id stands first in every response header.
    const correlationId = frame.readInt32BE(0)
    const pending = this.#pending.get(correlationId)
    if (pending === undefined) throw new Error(`a response to request ${correlationId}, which nobody waits for`)
    this.#pending.delete(correlationId)
    pending.timer.cancel()
    const { reader } = readResponseHeader(pending.api, pending.version, frame)
    const body = frame.subarray(reader.position)
    pending.resolve(decodeMessage(pending.api.response, pending.version, body))
  }
}

/** Puts the frames of a stream together again. */
class FrameBuffer {
  #bytes = Buffer.alloc(0)
  #frame: (frame: Buffer) => void

  constructor(frame: (frame: Buffer) => void) {
    this.#frame = frame
  }

  add(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    for (;;) {
      if (this.#bytes.length < SIZE_BYTES) return
      const end = SIZE_BYTES + this.#bytes.readInt32BE(0)
      if (this.#bytes.length < end) return
      const frame = this.#bytes.subarray(SIZE_BYTES, end)
      this.#bytes = this.#bytes.subarray(end)
      this.#frame(frame)
    }
  }
}

/** An error code that the protocol does not provide for where it came. */
export function unexpected(what: string, code: number): Error {
  return new Error(`${what} was answered with ${errorName(code)}`)
}

/**
 * True for an error that passes. A topic that was acknowledged is there whenever the broker answers at all, so that one
 * is none of them.
 */
export function passes(code: number): boolean {
  return isRetriable(code) && code !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
}

export function sleep(environment: Environment, durationMs: number): Promise<void> {
  return new Promise((resolve) => environment.clock.schedule(durationMs, resolve))
}

/** undefined: there was no answer. */
export async function unlessSilent<Result>(ask: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof NoAnswer) return undefined
    throw error
  }
}

/** Tries again, after a pause, while `attempt` throws `NoAnswer` or answers undefined. */
export async function untilAnswered<Result>(
  environment: Environment,
  attempt: () => Promise<Result | undefined>,
): Promise<Result> {
  for (;;) {
    try {
      const result = await attempt()
      if (result !== undefined) return result
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
    }
    await sleep(environment, 50 + environment.random.integer(200))
  }
}
