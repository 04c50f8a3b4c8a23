/**
 * The APIs as a proxy knows them: names, messages, and how each says an error. The broker's own handlers say it; none of them
 * is ever called here, so that they are given nothing to work with.
 */
import { apisByKey } from '../../protocol/registry.ts'
import { unchecked } from '../../protocol/unchecked.ts'
import { type ApiServices, apiHandlers } from '../api/index.ts'
import { BrokerConfig } from '../config/index.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { Outcome } from '../dispatch/outcome.ts'

/** A value without end: each of its fields, and each of its results, is the value itself. */
const nothing: object = new Proxy(() => nothing, {
  get: (_, name) => (typeof name === 'symbol' ? undefined : nothing),
  apply: () => nothing,
  construct: () => nothing,
})

/** By API key: every API of Kafka. */
export function shapesOfApis(): ReadonlyMap<number, ApiHandler> {
  // Handlers are made of services, and say an error without them.
  const services: { readonly [Name in keyof ApiServices]: unknown } = {
    config: new BrokerConfig(),
    environment: nothing,
    loggers: nothing,
    registered: nothing,
    controller: nothing,
    metadata: nothing,
    clusterId: '',
    logs: nothing,
    replicas: nothing,
    groups: nothing,
    transactions: nothing,
    membership: nothing,
    shares: nothing,
    internalTopics: nothing,
    checkListeners: nothing,
    telemetry: nothing,
    validation: nothing,
    like: null,
    audit: null,
  }
  const handlers = apiHandlers(unchecked<ApiServices>(services))
  const known = new Map(handlers.map((handler) => [handler.apiKey, handler]))
  return new Map([...apisByKey.keys()].map((apiKey) => [apiKey, known.get(apiKey) ?? plainShape(apiKey)]))
}

/** The APIs that samsa does not serve say an error for the whole request. */
function plainShape(apiKey: number): ApiHandler {
  const api = apisByKey.get(apiKey)
  if (api === undefined) throw new Error(`Kafka has no API ${apiKey}`)
  const { name, request, response } = api
  const { minVersion, maxVersion } = request
  return {
    apiKey,
    name,
    request,
    response,
    minVersion,
    maxVersion,
    access: { needs: [] },
    handle: () => new Outcome(null, { closeReason: 'a proxy carries out nothing' }),
    errorResponse: (_context, _request, errorCode, errorMessage) => ({ errorCode, errorMessage }),
  }
}
