/** Kafka's RequestMetrics: what each API is asked, how long it takes, how it is answered. */
import type { Encodable, MessageSchema } from '../../protocol/schema.ts'
import type { Clock } from '../env/index.ts'
import { Distribution } from './distribution.ts'
import { countErrors } from './error-codes.ts'

const MICROSECOND_MS = 0.001
/** Room for the codes of Kafka's errors from -1 on. */
const ERROR_CODES = 256
const VERSIONS = 32

export interface AnsweredRequest {
  readonly version: number
  readonly requestBytes: number
  readonly responseBytes: number
  readonly throttleTimeMs: number
}

export class ApiMetrics {
  readonly name: string
  /** Requests by version. */
  readonly versions = new Float64Array(VERSIONS)
  /** Errors by code plus one. */
  readonly errors = new Float64Array(ERROR_CODES)
  /** From the whole frame to the frame of the answer, in milliseconds. */
  readonly totalTimeMs = new Distribution(MICROSECOND_MS)
  /** The part of it until the request waits for something; all of it where it does not. */
  readonly localTimeMs = new Distribution(MICROSECOND_MS)
  readonly remoteTimeMs = new Distribution(MICROSECOND_MS)
  readonly throttleTimeMs = new Distribution(1)
  readonly requestBytes = new Distribution(1)
  readonly responseBytes = new Distribution(1)

  constructor(name: string) {
    this.name = name
  }

  countErrors(schema: MessageSchema, response: Encodable<MessageSchema>): void {
    countErrors(schema, response, this.errors)
  }

  /** A request is answered. `waitsMs`: when it began to wait for something; null: it did not. */
  answered(request: AnsweredRequest, beganMs: number, waitsMs: number | null, nowMs: number): void {
    const { version, requestBytes, responseBytes, throttleTimeMs } = request
    // All windows begin and end together.
    if (nowMs >= this.totalTimeMs.windowEndsMs) this.#turn(nowMs)
    this.versions[version] = (this.versions[version] ?? 0) + 1
    this.totalTimeMs.add(nowMs - beganMs)
    if (waitsMs === null) {
      this.localTimeMs.add(nowMs - beganMs)
      this.remoteTimeMs.addZero()
    } else {
      this.localTimeMs.add(waitsMs - beganMs)
      this.remoteTimeMs.add(nowMs - waitsMs)
    }
    if (throttleTimeMs === 0) this.throttleTimeMs.addZero()
    else this.throttleTimeMs.add(throttleTimeMs)
    this.requestBytes.add(requestBytes)
    this.responseBytes.add(responseBytes)
  }

  #turn(nowMs: number): void {
    const { totalTimeMs, localTimeMs, remoteTimeMs, throttleTimeMs, requestBytes, responseBytes } = this
    for (const one of [totalTimeMs, localTimeMs, remoteTimeMs, throttleTimeMs, requestBytes, responseBytes])
      one.turn(nowMs)
  }
}

export class RequestMetrics {
  readonly clock: Clock
  readonly #apis: (ApiMetrics | undefined)[] = []

  constructor(clock: Clock) {
    this.clock = clock
  }

  *apis(): Iterable<ApiMetrics> {
    for (const api of this.#apis) if (api !== undefined) yield api
  }

  of(apiKey: number, name: string): ApiMetrics {
    let api = this.#apis[apiKey]
    if (api === undefined) {
      api = new ApiMetrics(name)
      this.#apis[apiKey] = api
    }
    return api
  }
}
