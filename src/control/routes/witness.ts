/** Requests that came in, and waiting for them. */

import type { JsonObject } from '../../../protocol/json.ts'
import type { Clock } from '../../env/index.ts'
import { WaitedInVain } from '../../testing/content.ts'
import type { RunningBroker } from '../../testing/running-broker.ts'
import type { WitnessedRequest } from '../../testing/witness.ts'
import { Request, WaitForRequests } from '../schemas.ts'
import { jsonOf, matches } from '../values.ts'
import { answers, body, createRoute, newApp, type OpenAPIHono, z } from './describe.ts'

const tags = ['witness']
const LOOK_AGAIN_MS = 5
const MOST_SHOWN = 5

type Witness = Pick<RunningBroker, 'requests'>

export function witnessRoutes(witness: Witness, clock: Clock): OpenAPIHono {
  const app = newApp()
  const list = createRoute({
    method: 'get',
    path: '/requests',
    tags,
    summary: 'The last requests with their answers, oldest first; a thousand at most',
    request: { query: z.object({ api: z.string().optional(), clientId: z.string().optional() }) },
    responses: answers(z.array(Request), 'The requests.'),
  })
  app.openapi(list, (context) => {
    const { api, clientId } = context.req.valid('query')
    const isMeant = meant({ api, clientId })
    return context.json(witness.requests().filter(isMeant).map(requestOf), 200)
  })
  const wait = createRoute({
    method: 'post',
    path: '/requests/wait',
    tags,
    summary: 'Waits until so many requests have been answered',
    request: { body: body(WaitForRequests) },
    responses: answers(z.array(Request), 'The requests.'),
  })
  app.openapi(wait, async (context) => {
    const { count, timeoutMs, ...wanted } = context.req.valid('json')
    const isMeant = meant(wanted)
    const deadlineMs = clock.monotonicMs() + timeoutMs
    for (;;) {
      const found = witness.requests().filter((each) => each.tookMs !== null && isMeant(each))
      if (found.length >= count) return context.json(found.slice(0, count).map(requestOf), 200)
      if (clock.monotonicMs() >= deadlineMs) {
        const what = JSON.stringify(wanted)
        throw new WaitedInVain(
          `Waited ${timeoutMs} ms in vain for ${count} requests ${what}: there were ${found.length}. ${lastRequests(witness)}`,
        )
      }
      await new Promise<void>((resolve) => clock.schedule(LOOK_AGAIN_MS, resolve))
    }
  })
  return app
}

/** The last requests in a sentence. */
export function lastRequests(witness: Witness): string {
  const requests = witness.requests()
  if (requests.length === 0) return 'No request has come.'
  const last = requests.slice(-MOST_SHOWN).map(({ api, version, clientId }) => `${api} v${version} of ${clientId}`)
  return `The last of ${requests.length} requests were ${last.join(', ')}.`
}

interface Wanted {
  readonly api?: string | undefined
  readonly clientId?: string | undefined
  readonly where?: JsonObject | undefined
}

const meant =
  ({ api, clientId, where }: Wanted) =>
  (request: WitnessedRequest): boolean =>
    (api === undefined || request.api === api) &&
    (clientId === undefined || request.clientId === clientId) &&
    (where === undefined || matches(where, request.request))

function requestOf(each: WitnessedRequest): z.infer<typeof Request> {
  const { api, version, clientId, correlationId, connection, user, receivedMs, tookMs, request, response } = each
  const messages = { request: fieldsOf(request), response: response === null ? null : fieldsOf(response) }
  return { api, version, clientId, correlationId, connection, user, receivedMs, tookMs, ...messages }
}

const fieldsOf = (message: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(message).map(([name, value]) => [name, jsonOf(value)]))
