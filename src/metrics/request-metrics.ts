/** Kafka's RequestMetrics: what each API is asked, how long it takes, how it is answered. */
import type { Encodable, MessageSchema } from '../../protocol/schema.ts'
import type { Clock } from '../env/index.ts'
import { Distribution } from './distribution.ts'
import { countErrors } from './error-codes.ts'

const MICROSECOND_MS = 0.001
/** Room for the codes of Kafka's errors from -1 on. */
const ERROR_CODES = 256
const VERSIONS = 32
/** Requests that wait to be counted, and the numbers of each. */
const NOTED = 64
const NUMBERS = 7

/**
 * Counts of one API. The numbers of a request are noted in a row, and counted when sixty-four requests wait or
 * somebody reads: what a distribution touches, a request of 64 KB has driven out of the processor's caches, and so it is
 * fetched once for sixty-four.
 */
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
  readonly #noted = new Float64Array(NOTED * NUMBERS)
  #length = 0
  readonly #count = (code: number): void => {
    const index = code + 1
    this.errors[index] = (this.errors[index] ?? 0) + 1
  }

  constructor(name: string) {
    this.name = name
  }

  /** Times are monotonic. `waitsMs`: when the request began to wait for something; `endedMs` where it did not. */
  note(
    version: number,
    requestBytes: number,
    responseBytes: number,
    throttleTimeMs: number,
    beganMs: number,
    waitsMs: number,
    endedMs: number,
  ): void {
    const noted = this.#noted
    const from = this.#length
    noted[from] = version
    noted[from + 1] = requestBytes
    noted[from + 2] = responseBytes
    noted[from + 3] = throttleTimeMs
    noted[from + 4] = beganMs
    noted[from + 5] = waitsMs
    noted[from + 6] = endedMs
    this.#length = from + NUMBERS
    if (this.#length === noted.length) this.countNoted()
  }

  countNoted(): void {
    for (let from = 0; from < this.#length; from += NUMBERS) this.#countRequest(from)
    this.#length = 0
  }

  #countRequest(from: number): void {
    const noted = this.#noted
    const version = noted[from] ?? 0
    const beganMs = noted[from + 4] ?? 0
    const waitsMs = noted[from + 5] ?? 0
    const endedMs = noted[from + 6] ?? 0
    this.versions[version] = (this.versions[version] ?? 0) + 1
    this.requestBytes.add(noted[from + 1] ?? 0, endedMs)
    this.responseBytes.add(noted[from + 2] ?? 0, endedMs)
    this.throttleTimeMs.add(noted[from + 3] ?? 0, endedMs)
    this.totalTimeMs.add(endedMs - beganMs, endedMs)
    this.localTimeMs.add(waitsMs - beganMs, endedMs)
    this.remoteTimeMs.add(endedMs - waitsMs, endedMs)
  }

  countErrors(schema: MessageSchema, response: Encodable<MessageSchema>): void {
    countErrors(schema, response, this.#count)
  }
}

export class RequestMetrics {
  readonly clock: Clock
  readonly #apis: (ApiMetrics | undefined)[] = []

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Everything that was noted is counted. */
  *apis(): Iterable<ApiMetrics> {
    for (const api of this.#apis) {
      if (api === undefined) continue
      api.countNoted()
      yield api
    }
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
