/**
 * The web page's endpoints, as a Hono app: JSON that the page's scripts (`ui/`) ask for below `/page/api`. The room before it
 * (`web.ts`) has found out who calls; every question goes on to the broker in that name, as a request of Kafka's protocol.
 *
 * A request that changes something says so by its method, and carries JSON: a form of another site can send neither. Where
 * the page is read-only such requests are refused, but for those that only read and are POST for the size of their
 * question.
 */
import { type Context, Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { CallFailed } from '../../dispatch/in-process-connection.ts'
import type { Logger } from '../../env/logger.ts'
import { principalText } from '../../security/principal.ts'
import type { Caller, WebEnv } from '../caller.ts'
import { callsOf } from './broker-calls.ts'
import { answerOfFaults } from './faults.ts'
import { LiveFeed } from './live.ts'
import type { Problem, TelemetryRow } from './model.ts'
import { errorOf, PageError } from './page-error.ts'
import { accessRoutes, clusterRoutes, groupRoutes, transactionRoutes } from './routes-others.ts'
import { recordRoutes, topicRoutes } from './routes-topics.ts'
import { describeSession } from './session.ts'
import type { PageEnv, PageRequest, PageSurroundings } from './surroundings.ts'

/** The whole path: a topic may be called `page`, and a group `preview`. */
const ONLY_READS = /^\/page\/api\/(records\/[^/]+\/page|groups\/[^/]+\/preview)$/

export function pageApp(surroundings: PageSurroundings, logger: Logger): Hono<WebEnv> {
  const { clock, isReadOnly, connect } = surroundings
  const app = new Hono<PageEnv>()
  app.use(async (c, next) => {
    if (c.req.method !== 'GET') {
      const isJson = c.req.header('content-type')?.startsWith('application/json') ?? false
      if (!isJson) throw new PageError(400, 'INVALID_REQUEST', 'A request that changes something carries JSON.')
      if (isReadOnly && !ONLY_READS.test(c.req.path)) {
        throw new PageError(403, 'POLICY_VIOLATION', 'This page is read-only (samsa.http.read.only).')
      }
    }
    const { caller } = c.env
    c.set('page', {
      caller,
      calls: callsOf(connect(caller), c.req.raw.signal),
      changing: changingOf(surroundings, caller),
    })
    await next()
  })
  app.onError((error, c) => {
    const known = pageErrorOf(error)
    if (known !== null) return c.json({ error: known.code, message: known.message } satisfies Problem, known.status)
    logger.error({ err: error, path: c.req.path }, 'A request of the page failed unexpectedly')
    const message = 'The broker failed unexpectedly; its log says more.'
    return c.json({ error: 'UNKNOWN_SERVER_ERROR', message } satisfies Problem, 500)
  })
  app.get('/session', async (c) => {
    const { calls, caller } = c.var.page
    return c.json(await describeSession(calls, principalText(caller.principal), caller.by, surroundings))
  })
  app.get('/live', (c) => {
    const { calls, caller } = c.var.page
    const feed = new LiveFeed(calls, clock, () => surroundings.counts(caller))
    return streamSSE(c, async (sse) => {
      while (!sse.aborted && !sse.closed) {
        await sse.writeSSE({ data: JSON.stringify(await feed.sample()) })
        await new Promise<void>((resolve) => clock.schedule(feed.pauseMs, resolve))
      }
    })
  })
  app.get('/connections', (c) => c.json(shown('The connections', surroundings.connections(c.var.page.caller))))
  const pushing = (c: Context<PageEnv>) => shown('The metrics of clients', surroundings.telemetry(c.var.page.caller))
  app.get('/telemetry', (c) =>
    c.json(pushing(c).map(({ series, ...client }): TelemetryRow => ({ ...client, metrics: series.length }))),
  )
  app.get('/telemetry/:instance', (c) => {
    const client = pushing(c).find(({ instanceId }) => instanceId === c.req.param('instance'))
    if (client === undefined) throw new PageError(404, 'RESOURCE_NOT_FOUND', 'This client pushes no metrics any more.')
    return c.json(client)
  })
  app.get('/audit', (c) => c.json(shown('The audit', surroundings.audit(c.var.page.caller))))
  app.all('/faults/*', (c) => answerOfFaults(c, surroundings))
  app.route('/topics', topicRoutes(surroundings))
  app.route('/records', recordRoutes(surroundings))
  app.route('/groups', groupRoutes())
  app.route('/transactions', transactionRoutes(surroundings))
  app.route('/cluster', clusterRoutes())
  app.route('/access', accessRoutes(surroundings))
  return new Hono<WebEnv>().route('/', app)
}

const changingOf =
  (surroundings: PageSurroundings, caller: Caller): PageRequest['changing'] =>
  async (change, make, isInParts = false) => {
    try {
      const made = await make()
      surroundings.changed(caller, change)
      return made
    } catch (error) {
      const mayBeDone = isInParts && error instanceof PageError && error.status !== 403 && error.status !== 404
      if (mayBeDone) surroundings.changed(caller, `${change}, which fails: ${error.code}`)
      throw error
    }
  }

/** Throws where the caller may not see them. */
function shown<T>(what: string, rows: T | null): T {
  if (rows === null) throw errorOf(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, what)
  return rows
}

/** The error as the page tells it; null: nobody has thought of it. */
function pageErrorOf(error: Error): PageError | null {
  if (error instanceof PageError) return error
  if (error instanceof KafkaError) return errorOf(error.code, 'The request', error.message)
  return error instanceof CallFailed ? new PageError(503, 'BROKER_NOT_AVAILABLE', error.message) : null
}
