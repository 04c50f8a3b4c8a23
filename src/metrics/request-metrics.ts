/** Kafka's RequestMetrics: what each API is asked, how long it takes, how it is answered. */
import type { Encodable, MessageSchema } from '../../protocol/schema.ts'
import type { Clock } from '../env/index.ts'
import { Distributions } from './distributions.ts'
import { countErrors } from './error-codes.ts'

export const MICROSECONDS_PER_MS = 1_000
/** The quantities of a request. Times are in microseconds, but that of throttling in milliseconds. */
export const TOTAL_TIME = 0
export const LOCAL_TIME = 1
export const REMOTE_TIME = 2
export const THROTTLE_TIME = 3
export const REQUEST_BYTES = 4
export const RESPONSE_BYTES = 5
const QUANTITIES = 6
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
  /**
   * Total time: from the whole frame to the frame of the answer. Local time: the part of it until the request waits for
   * something, all of it where it does not; remote time: the rest.
   */
  readonly distributions = new Distributions(QUANTITIES)

  constructor(name: string) {
    this.name = name
  }

  countErrors(schema: MessageSchema, response: Encodable<MessageSchema>): void {
    countErrors(schema, response, this.errors)
  }

  /** A request is answered. `waitsMs`: when it began to wait for something; null: it did not. */
  answered(request: AnsweredRequest, beganMs: number, waitsMs: number | null, nowMs: number): void {
    const { version, requestBytes, responseBytes, throttleTimeMs } = request
    const { distributions } = this
    distributions.count(nowMs)
    this.versions[version] = (this.versions[version] ?? 0) + 1
    distributions.add(TOTAL_TIME, (nowMs - beganMs) * MICROSECONDS_PER_MS)
    distributions.add(LOCAL_TIME, ((waitsMs ?? nowMs) - beganMs) * MICROSECONDS_PER_MS)
    if (waitsMs !== null) distributions.add(REMOTE_TIME, (nowMs - waitsMs) * MICROSECONDS_PER_MS)
    if (throttleTimeMs !== 0) distributions.add(THROTTLE_TIME, throttleTimeMs)
    distributions.add(REQUEST_BYTES, requestBytes)
    distributions.add(RESPONSE_BYTES, responseBytes)
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
