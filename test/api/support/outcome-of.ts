import { KafkaError } from '../../../protocol/errors.ts'
import type { Decoded, Encodable, MessageSchema } from '../../../protocol/schema.ts'
import type { ApiHandler, RequestContext } from '../../../src/dispatch/handler.ts'
import { Outcome, Staged } from '../../../src/dispatch/outcome.ts'

/** The outcome of a request in the end, whatever form the handler gives it in; typed errors as they are answered. */
export async function outcomeOf<Request extends MessageSchema, Response extends MessageSchema>(
  handler: ApiHandler<Request, Response>,
  context: RequestContext,
  request: Decoded<Request>,
): Promise<Outcome<Response>> {
  try {
    const handled = handler.handle(context, request)
    const answer = await (handled instanceof Staged ? handled.outcome : handled)
    return answer instanceof Outcome ? answer : new Outcome(answer)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return new Outcome(handler.errorResponse(context, request, error.code, error.message))
  }
}

/** The response of a request that must have one. */
export async function responseOf<Request extends MessageSchema, Response extends MessageSchema>(
  handler: ApiHandler<Request, Response>,
  context: RequestContext,
  request: Decoded<Request>,
): Promise<Encodable<Response>> {
  const { response } = await outcomeOf(handler, context, request)
  if (response === null) throw new Error(`${handler.name} v${context.apiVersion} was not answered`)
  return response
}
