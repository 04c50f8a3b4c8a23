import type { ApiName, RequestOf, ResponseOf } from '../../../protocol/api-types.ts'
import { ErrorCode, type ErrorName, errorMessage } from '../../../protocol/errors.ts'
import type { Decoded, Encodable, MessageSchema } from '../../../protocol/schema.ts'
import { type Exchange, type HandlerAnswer, mapAnswer } from '../../dispatch/interceptor.ts'
import { Outcome } from '../../dispatch/outcome.ts'
import type { Clock } from '../../env/index.ts'
import { check, FUNCTION, hintAt, MILLISECONDS, MILLISECONDS_OR_FUNCTION, oneOf, wholeFrom } from '../misuse.ts'
import type { FaultTarget } from './fault-target.ts'
import { holds, infoOf, type Match, type RequestInfo } from './match.ts'
import { isErrorName, possibleError, possibleErrors } from './possible-errors.ts'
import { RequestItems } from './request-items.ts'

type Request = Decoded<MessageSchema>
type Response = Encodable<MessageSchema>
type Next = (request: Request) => HandlerAnswer
/** `chosen`: the part of the request that the rule is for; `rest`: the other part, null where there is none. */
type Action = (exchange: Exchange, request: Request, next: Next) => HandlerAnswer

interface Waiter {
  readonly hits: number
  resolve(): void
  reject(error: unknown): void
}

const ERROR_NAMES = Object.keys(ErrorCode)
const LOST = oneOf('request', 'response')
const COUNT = wholeFrom(1)

/**
 * A fault that happens to some requests: which ones says `faults.on`, what happens to them says one of the methods here.
 * Rules that match the same request happen in the order in which they were made. A rule without anything to happen counts.
 */
export class Rule<Api extends ApiName = ApiName> implements Disposable {
  readonly apis: readonly Api[]
  readonly match: Match<Api>
  readonly #target: FaultTarget
  readonly #dispose: () => void
  #action: Action | null = null
  #name = 'counts'
  #times = Number.POSITIVE_INFINITY
  #chance: (() => boolean) | null = null
  #hits = 0
  #failure: unknown = null
  #waiters: Waiter[] = []
  /** Requests that are held, and sleepers. */
  readonly #held = new Set<() => void>()
  #isDisposed = false

  constructor(apis: readonly Api[], match: Match<Api>, target: FaultTarget, dispose: () => void) {
    this.apis = apis
    this.match = match
    this.#target = target
    this.#dispose = dispose
  }

  /** The request, or those of its partitions that are meant, is answered with this error and not carried out. */
  error(name: ErrorName, message?: string): this {
    if (!isErrorName(name)) throw new TypeError(`Kafka has no error ${name}${hintAt(String(name), ERROR_NAMES)}`)
    const code = ErrorCode[name]
    for (const api of this.apis) {
      if (possibleError(api, name) !== null) continue
      const possible = possibleErrors(api).join(', ')
      throw new TypeError(`Kafka never answers ${api} with ${name}. It may answer ${possible}.`)
    }
    return this.#does(`answers ${name}`, (exchange, request, next) => {
      return this.#fail(exchange, request, next, { name, code, message: message ?? errorMessage(code) })
    })
  }

  /** Milliseconds before the request is carried out, or a function of the request that gives them. */
  delay(ms: number | ((request: RequestOf<Api>, info: RequestInfo) => number)): this {
    check('`delay` of a rule', ms, MILLISECONDS_OR_FUNCTION)
    return this.#does('delays', async (exchange, request, next) => {
      const delayMs = typeof ms === 'number' ? ms : ms(request as never, infoOf(exchange.context))
      await this.#sleep(delayMs)
      return settled(next(request))
    })
  }

  /**
   * The connection ends. `request`: before anything is done; `response`: after the request was carried out, in place of
   * its answer.
   */
  drop(what: 'request' | 'response'): this {
    check('`drop` of a rule', what, LOST)
    const lost = new Outcome(null, { closeReason: `a fault drops the ${what}` })
    return this.#does(`drops the ${what}`, (_exchange, request, next) =>
      what === 'request'
        ? lost
        : mapAnswer(next(request), (outcome) => new Outcome(null, { ...outcome, ...lost, lent: outcome.lent })),
    )
  }

  /** Requests wait until `release`. */
  hold(): this {
    return this.#does('holds', async (_exchange, request, next) => {
      if (!this.#isDisposed) await new Promise<void>((resolve) => this.#held.add(resolve))
      return settled(next(request))
    })
  }

  /** Lets go of the requests that are held now. Those that come later are held again. */
  release(): void {
    const held = [...this.#held]
    this.#held.clear()
    for (const go of held) go()
  }

  /** The answer tells the client to wait so long, and the connection is not listened to meanwhile (KIP-219). */
  throttle(ms: number): this {
    check('`throttle` of a rule', ms, MILLISECONDS)
    return this.#does('throttles', (_exchange, request, next) =>
      mapAnswer(next(request), (outcome) => {
        return new Outcome(outcome.response, { ...outcome, throttleTimeMs: Math.max(outcome.throttleTimeMs, ms) })
      }),
    )
  }

  /** The request is carried out, and answered with what the function makes of the real answer. */
  reply(
    make: (
      request: RequestOf<Api>,
      real: ResponseOf<Api>,
      info: RequestInfo,
    ) => ResponseOf<Api> | Promise<ResponseOf<Api>>,
  ): this {
    check('`reply` of a rule', make, FUNCTION)
    return this.#does('replies', async (exchange, request, next) => {
      const real = await settled(next(request))
      const outcome = real instanceof Outcome ? real : new Outcome(real)
      try {
        const made = await make(request as never, (outcome.response ?? {}) as never, infoOf(exchange.context))
        return new Outcome(made as Response, outcome)
      } catch (error) {
        this.#failed(error)
        throw error
      }
    })
  }

  /** Only the first `count` requests that match. */
  times(count: number): this {
    check('`times` of a rule', count, COUNT)
    this.#times = count
    return this
  }

  /** Each request with this probability, from 0 to 1. The same seed decides the same each time. */
  chance(probability: number, seed = 1): this {
    if (!(probability >= 0 && probability <= 1)) throw new RangeError('A probability is a number from 0 to 1.')
    const next = randomFrom(seed)
    this.#chance = () => next() < probability
    return this
  }

  /** To how many requests it has happened. */
  get hits(): number {
    return this.#hits
  }

  /** Resolves when it has happened to so many requests. Rejects when the rule is disposed of before. */
  hit(count = 1): Promise<void> {
    check('The number of hits', count, COUNT)
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (this.#hits >= count) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.push({ hits: count, resolve, reject }))
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return
    this.#isDisposed = true
    this.#dispose()
    this.release()
    const gone = new Error(`${this} was taken away after ${this.#hits} hits.`)
    for (const { reject } of this.#waiters.splice(0)) reject(gone)
  }

  toString(): string {
    const criteria = Object.entries(this.match).map(
      ([key, value]) => `${key}: ${typeof value === 'function' ? '…' : value}`,
    )
    return `The rule on ${this.apis.join(', ')}${criteria.length > 0 ? ` { ${criteria.join(', ')} }` : ''} that ${this.#name}`
  }

  /** For `Faults`: whether the rule happens to a request, which is then counted. */
  takes(exchange: Exchange, request: Request): boolean {
    if (this.#hits >= this.#times) return false
    if (!this.#meansPartOf(exchange, request) || !holds(this.match as Match, request, exchange.context)) return false
    if (this.#chance !== null && !this.#chance()) return false
    this.#hits++
    this.#waiters = this.#waiters.filter((waiter) => {
      if (waiter.hits <= this.#hits) waiter.resolve()
      return waiter.hits > this.#hits
    })
    return true
  }

  apply(exchange: Exchange, request: Request, next: Next): HandlerAnswer {
    return this.#action === null ? next(request) : this.#action(exchange, request, next)
  }

  #does(name: string, action: Action): this {
    if (this.#action !== null) throw new TypeError(`${this} cannot do something else as well: make another rule.`)
    this.#action = action
    this.#name = name
    return this
  }

  #meansPartOf(exchange: Exchange, request: Request): boolean {
    const { topic } = this.match
    if (topic === undefined) return true
    for (const named of this.#target.named(exchange.handler.name, exchange.context, request)) {
      if (this.#means(named.topic, named.partition)) return true
    }
    return false
  }

  #means(topic: string, partition: number | null): boolean {
    const { match } = this
    return (
      (match.topic === undefined || match.topic === topic) &&
      (match.partition === undefined || match.partition === partition)
    )
  }

  #fail(
    { handler, context }: Exchange,
    request: Request,
    next: Next,
    error: { name: ErrorName; code: number; message: string | null },
  ): HandlerAnswer {
    const known = possibleError(handler.name, error.name)
    if (known !== null && context.apiVersion < known.sinceVersion) {
      const why = `${handler.name} knows ${error.name} from version ${known.sinceVersion} on, and the client speaks ${context.apiVersion}.`
      this.#failed(new TypeError(why))
      return next(request)
    }
    const items = known?.place === 'item' ? RequestItems.of(handler.name) : null
    if (items === null) {
      const response = handler.errorResponse(context, request, error.code, error.message)
      return response ?? new Outcome(null, { closeReason: 'a fault fails a request that expects no answer' })
    }
    const all = this.#target.whole(handler.name, context, request)
    const nameOf = (topicId: string) => this.#target.topicName(topicId)
    const { chosen, rest } = items.split(all, (topic, partition) => this.#means(topic, partition), nameOf)
    if (chosen === null) return next(request)
    const withErrors = (response: Response) => items.withErrors(response, chosen, error.code, error.message)
    // Reading changes nothing: all is read, so that the session of the client goes on, and the errors are put over it.
    if (handler.name === 'Fetch') {
      const atOnce = { ...request, maxWaitMs: 0, minBytes: 0 } as Request
      return mapAnswer(next(atOnce), (outcome) => replaced(outcome, withErrors))
    }
    if (rest !== null) return mapAnswer(next(rest), (outcome) => replaced(outcome, withErrors))
    const real = handler.errorResponse(context, chosen, error.code, error.message)
    return real === null
      ? new Outcome(null, { closeReason: 'a fault fails a request that expects no answer' })
      : withErrors(real)
  }

  #failed(error: unknown): void {
    this.#failure ??= error
    for (const { reject } of this.#waiters.splice(0)) reject(error)
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#isDisposed || !(ms > 0)) return
    await new Promise<void>((resolve) => {
      const wake = () => {
        timer.cancel()
        this.#held.delete(wake)
        resolve()
      }
      const timer = (this.#target.clock as Clock).schedule(ms, wake)
      this.#held.add(wake)
    })
  }
}

const replaced = (outcome: Outcome, change: (response: Response) => Response): Outcome =>
  outcome.response === null ? outcome : new Outcome(change(outcome.response), outcome)

/** The end of a request, once it is known. */
async function settled(answer: HandlerAnswer) {
  return 'outcome' in answer && 'placed' in answer ? await (answer.outcome as Promise<Outcome>) : await answer
}

/** xorshift32: the same numbers from the same seed. */
function randomFrom(seed: number): () => number {
  let state = Math.trunc(seed) | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
