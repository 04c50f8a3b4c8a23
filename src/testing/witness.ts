/**
 * The last requests that came in, with their answers and times, for a test that asks afterwards or watches. Secrets are
 * hidden before anything is remembered (`secrets.ts`).
 */

import type { ApiName, RequestOf, ResponseOf } from '../../protocol/api-types.ts'
import { errorMessage, errorName } from '../../protocol/errors.ts'
import type { Encodable, MessageSchema } from '../../protocol/schema.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { type Exchange, type HandlerAnswer, type Interceptor, mapAnswer } from '../dispatch/interceptor.ts'
import type { Outcome } from '../dispatch/outcome.ts'
import type { Clock } from '../env/index.ts'
import { apiNamed, infoOf, type RequestInfo } from './faults/match.ts'
import { checkFields, TEXT, type WantedFields } from './misuse.ts'
import { HIDDEN_BYTES, requestWithoutSecrets, responseWithoutSecrets } from './secrets.ts'

export interface WitnessedRequest<Api extends ApiName = ApiName> extends RequestInfo {
  readonly api: Api
  readonly request: RequestOf<Api>
  /** null: there was none, or there is none yet. Records that were fetched are not kept. */
  readonly response: ResponseOf<Api> | null
  /** Wall clock, in milliseconds since the epoch. */
  readonly receivedMs: number
  /** How long it took to be answered; null: it is not answered yet. */
  readonly tookMs: number | null
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Entry = Mutable<WitnessedRequest> & { bytes: number }

const MOST_REQUESTS = 1000
const MOST_BYTES = 16 * 1024 * 1024
/** The weight of an entry beside its byte fields. */
const ENTRY_BYTES = 1024

const WHICH: WantedFields = { api: TEXT, clientId: TEXT }

export class Witness implements Interceptor {
  readonly #clock: Clock
  readonly #next: Interceptor
  #entries: Entry[] = []
  #bytes = 0
  readonly #watchers = new Set<(entry: WitnessedRequest) => void>()

  /** Requests go on to `next`. */
  constructor(clock: Clock, next: Interceptor) {
    this.#clock = clock
    this.#next = next
  }

  /** The last requests, oldest first: a thousand at most, and less where they are large. */
  requests<Api extends ApiName>(
    which: { readonly api?: Api; readonly clientId?: string } = {},
  ): WitnessedRequest<Api>[] {
    checkFields('What is asked for', which, WHICH)
    const { api, clientId } = which
    if (api !== undefined) apiNamed(api)
    const isMeant = (entry: Entry) =>
      (api === undefined || entry.api === api) && (clientId === undefined || entry.clientId === clientId)
    return unchecked<WitnessedRequest<Api>[]>(this.#entries.filter(isMeant))
  }

  /** Each request when it has been answered, from now on, until the loop is left. */
  async *watch(): AsyncGenerator<WitnessedRequest> {
    const waiting: WitnessedRequest[] = []
    let wake: (() => void) | null = null
    const watcher = (entry: WitnessedRequest) => {
      waiting.push(entry)
      if (waiting.length > MOST_REQUESTS) waiting.shift()
      wake?.()
    }
    this.#watchers.add(watcher)
    try {
      for (;;) {
        const entry = waiting.shift()
        if (entry !== undefined) yield entry
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      this.#watchers.delete(watcher)
    }
  }

  /** The last answers that had an error in them, as words. */
  lastErrors(count = 5): string[] {
    const words = this.#entries.flatMap(({ api, clientId, response }) =>
      [...errorsIn(response)].map((code) => `${api} of ${clientId}: ${errorName(code)} (${errorMessage(code)})`),
    )
    return [...new Set(words)].slice(-count)
  }

  intercept(exchange: Exchange): HandlerAnswer {
    const { context, request } = exchange
    const info = infoOf(context)
    const { api } = info
    const startMs = this.#clock.monotonicMs()
    const meter = { bytes: ENTRY_BYTES }
    const entry: Entry = {
      ...info,
      request: unchecked<RequestOf<ApiName>>(kept(requestWithoutSecrets(api, request), meter)),
      response: null,
      receivedMs: this.#clock.nowMs(),
      tookMs: null,
      bytes: 0,
    }
    entry.bytes = meter.bytes
    this.#remember(entry)
    return mapAnswer(this.#next.intercept(exchange), (outcome) => {
      entry.response = unchecked<ResponseOf<ApiName> | null>(remembered(api, outcome))
      entry.tookMs = this.#clock.monotonicMs() - startMs
      for (const watcher of this.#watchers) watcher(entry)
      return outcome
    })
  }

  #remember(entry: Entry): void {
    this.#entries.push(entry)
    this.#bytes += entry.bytes
    while (this.#entries.length > MOST_REQUESTS || this.#bytes > MOST_BYTES) {
      const oldest = this.#entries.shift()
      if (oldest === undefined) return
      this.#bytes -= oldest.bytes
    }
  }
}

/** A copy whose bytes are its own: those of a request are in memory that is used again. */
function kept(value: unknown, meter: { bytes: number }): unknown {
  if (value === HIDDEN_BYTES) return value
  if (value instanceof Uint8Array) {
    meter.bytes += value.length
    return Buffer.from(value)
  }
  if (Array.isArray(value)) return value.map((each) => kept(each, meter))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, kept(each, meter)]))
}

/** A response without its secrets, and without records that are the broker's own bytes. */
function remembered(api: string, { response, lent }: Outcome): Encodable<MessageSchema> | null {
  if (response === null) return null
  const shown = responseWithoutSecrets(api, response)
  return lent.length > 0 ? (without(shown) as Encodable<MessageSchema>) : shown
}

function without(value: unknown): unknown {
  if (value instanceof Uint8Array) return null
  if (Array.isArray(value)) return value.map(without)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, name === 'records' ? null : without(each)]),
  )
}

function* errorsIn(value: unknown): Iterable<number> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
  for (const [name, each] of Object.entries(value)) {
    if ((name === 'errorCode' || name === 'partitionErrorCode') && typeof each === 'number' && each !== 0) yield each
    else yield* errorsIn(each)
  }
}
