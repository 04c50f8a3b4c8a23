/**
 * Judges a request by what its handler declares (`access.ts`), before the handler sees it.
 *
 *   request   the first need that refuses it decides its error
 *   item      what is refused is taken out of the request, and its errors are put into the answer
 *
 * Everything else (what is hidden, details, resources that only the answer names) is judged by handlers, through
 * `RequestContext.permissions`.
 */

import { AUTHORIZATION_ERROR, CLUSTER_NAME } from '../../protocol/acl.ts'
import { repeated } from '../../protocol/collections/repeated.ts'
import { errorMessage } from '../../protocol/errors.ts'
import type { Decoded, Encodable, MessageSchema } from '../../protocol/schema.ts'
import { type Access, type Items, type Need, type Permission, type Permissions, QUIETLY } from './access.ts'
import type { ApiHandler, ConnectionContext, RequestContext } from './handler.ts'
import { type HandlerAnswer, mapAnswer } from './interceptor.ts'
import { type Answer, Outcome } from './outcome.ts'

/** An authorizer and what it has to know to judge requests. */
export interface Judge {
  permissions(connection: ConnectionContext, api: string): Permissions
  /** null: there is no such topic. */
  topicName(topicId: string): string | null
}

type Request = Decoded<MessageSchema>
type Fields = Readonly<Record<string, unknown>>

interface Refused {
  readonly errorCode: number
  readonly message: string | null
}

interface Needs {
  readonly ofRequest: readonly Need<Request>[]
  readonly ofItem: readonly Need<Request>[]
}

const sorted = new WeakMap<Access<Request>, Needs>()

function needsOf(access: Access<Request>): Needs {
  const known = sorted.get(access)
  if (known !== undefined) return known
  const inRequest = access.needs.filter(({ inAnswer }) => !inAnswer)
  const needs = {
    ofRequest: inRequest.filter(({ refused }) => refused === 'request'),
    ofItem: inRequest.filter(({ refused }) => refused === 'item'),
  }
  sorted.set(access, needs)
  return needs
}

/** Calls the handler with what the client may do of a request. */
export function judged(judge: Judge, handler: ApiHandler, context: RequestContext, request: Request): HandlerAnswer {
  const { ofRequest, ofItem } = needsOf(handler.access)
  const refused = firstRefusal(judge, ofRequest, context, request)
  if (refused !== null) return refusal(handler, context, request, refused)
  const { items } = handler.access
  if (items === undefined) return handler.handle(context, request)
  if (firstRefusal(judge, ofItem, context, request) === null) return handler.handle(context, request)
  return judgedByItem(judge, handler, context, request, ofItem, items)
}

function refusal(
  handler: ApiHandler,
  context: RequestContext,
  request: Request,
  { errorCode, message }: Refused,
): Answer {
  const response = handler.errorResponse(context, request, errorCode, message)
  return response ?? new Outcome(null, { closeReason: `${handler.name} is not permitted, and expects no answer` })
}

function judgedByItem(
  judge: Judge,
  handler: ApiHandler,
  context: RequestContext,
  request: Request,
  needs: readonly Need<Request>[],
  fields: Items,
): HandlerAnswer {
  const withItems = (items: readonly unknown[]): Request => ({ ...request, [fields.request]: items }) as Request
  const allowed: unknown[] = []
  const refused = new Map<number, { message: string | null; items: unknown[] }>()
  const items = (request as Fields)[fields.request] as readonly unknown[]
  const repeated = repeatedNames(items, fields)
  for (const item of items) {
    const isJudged = !repeated.has(fields.nameOf?.(item as never) ?? '')
    const found = isJudged ? firstRefusal(judge, needs, context, withItems([item])) : null
    if (found === null) {
      allowed.push(item)
      continue
    }
    const { errorCode, message } = found
    const others = refused.get(errorCode) ?? { message, items: [] }
    refused.set(errorCode, others)
    others.items.push(item)
  }
  const errors = [...refused].flatMap(([errorCode, { message, items }]) => {
    const response = handler.errorResponse(context, withItems(items), errorCode, message)
    return answersOf(response, fields.response)
  })
  const withErrors = (response: Encodable<MessageSchema>): Encodable<MessageSchema> => ({
    ...response,
    [fields.response]: [...answersOf(response, fields.response), ...errors],
  })
  return allowed.length === 0 ? withErrors({}) : mapResponse(handler.handle(context, withItems(allowed)), withErrors)
}

function repeatedNames(items: readonly unknown[], { nameOf }: Items): ReadonlySet<string> {
  if (nameOf === undefined) return new Set()
  return repeated(items.map((item) => nameOf(item as never)))
}

const answersOf = (response: Encodable<MessageSchema> | null, field: string): readonly unknown[] =>
  ((response ?? {}) as Record<string, readonly unknown[] | undefined>)[field] ?? []

function mapResponse(
  answer: HandlerAnswer,
  change: (response: Encodable<MessageSchema>) => Encodable<MessageSchema>,
): HandlerAnswer {
  return mapAnswer(answer, (outcome) =>
    outcome.response === null ? outcome : new Outcome(change(outcome.response), outcome),
  )
}

function firstRefusal(
  judge: Judge,
  needs: readonly Need<Request>[],
  context: RequestContext,
  request: Request,
): Refused | null {
  for (const need of needs) {
    for (const name of namesOf(judge, need, request, context.apiVersion)) {
      if (isAllowed(context.permissions, need, name)) continue
      const errorCode = need.errorCode ?? AUTHORIZATION_ERROR[need.resource]
      const message = need.errorMessage === undefined ? errorMessage(errorCode) : need.errorMessage
      return { errorCode, message }
    }
  }
  return null
}

/** Ids that are unknown are not judged: there is nothing to be told of them. */
function* namesOf(judge: Judge, need: Need<Request>, request: Request, apiVersion: number): Iterable<string> {
  if (need.resource === 'CLUSTER') {
    if (need.when?.(request, apiVersion) ?? true) yield CLUSTER_NAME
    return
  }
  yield* need.names?.(request, apiVersion) ?? []
  for (const id of need.topicIds?.(request, apiVersion) ?? []) {
    const name = judge.topicName(id)
    if (name !== null) yield name
  }
}

/** Whether a need is met for one resource. Handlers ask it for what they judge themselves and others may do as well. */
function isAllowed(permissions: Permissions, { operation, resource, unless }: Need<Request>, name: string): boolean {
  // As in Kafka, one of the cluster spares the question for the resource, and one on any resource is asked for last.
  const isInstead = (other: Permission): boolean =>
    other.onAny === true
      ? permissions.allows(operation, resource, name, QUIETLY) ||
        permissions.allowsOnAny(other.operation, other.resource)
      : permissions.allows(other.operation, other.resource, CLUSTER_NAME, QUIETLY)
  return unless?.some(isInstead) || permissions.allows(operation, resource, name)
}
