import type { Decoded, MessageSchema } from '../../protocol/schema.ts'
import { isLater, Later } from '../env/later.ts'
import type { ApiHandler, RequestContext } from './handler.ts'
import { type Answer, Outcome, Staged } from './outcome.ts'

/** All that a handler may give back. */
export type HandlerAnswer = ReturnType<ApiHandler['handle']>

/** A request on its way to its handler. */
export interface Exchange {
  readonly handler: ApiHandler
  readonly context: RequestContext
  readonly request: Decoded<MessageSchema>
  /** Lets the request, or another one in its place, go on to the judge and the handler. */
  proceed(request: Decoded<MessageSchema>): HandlerAnswer
}

/**
 * Stands between a request that has been decoded and whoever answers it: it may look at both, answer itself, or let the
 * request go on later. Without one nothing is asked.
 */
export interface Interceptor {
  intercept(exchange: Exchange): HandlerAnswer
}

/** Changes the end of a request, at once where it is known at once. */
export function mapAnswer(answer: HandlerAnswer, change: (outcome: Outcome) => Outcome): HandlerAnswer {
  const changed = (settled: Answer) => change(settled instanceof Outcome ? settled : new Outcome(settled))
  if (isLater(answer)) return Later.of(answer).then(changed)
  return answer instanceof Staged ? new Staged(answer.placed, Later.of(answer.outcome).then(changed)) : changed(answer)
}
