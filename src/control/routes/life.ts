/** The life of the broker and its time. */
import type { RunningBroker } from '../../testing/running-broker.ts'
import { Advance, BrokerState, ClockState, Fork, Status } from '../schemas.ts'
import { answers, body, createRoute, idOf, NotThere, newApp, type OpenAPIHono, z } from './describe.ts'

const tags = ['broker']

export interface Forks {
  add(fork: RunningBroker): string
  get(id: string): RunningBroker | undefined
  remove(id: string): void
  readonly all: Iterable<[id: string, fork: RunningBroker]>
}

export function lifeRoutes(broker: RunningBroker, forks: Forks): OpenAPIHono {
  const app = newApp()
  const show = createRoute({
    method: 'get',
    path: '/broker',
    tags,
    summary: 'The broker',
    responses: answers(BrokerState, 'The broker.'),
  })
  const clockOf = () => ({
    clock: broker.clock.isManual ? ('manual' as const) : ('running' as const),
    nowMs: broker.clock.nowMs(),
  })
  app.openapi(show, (context) => context.json({ bootstrapServers: broker.bootstrapServers, ...clockOf() }, 200))
  const reset = createRoute({
    method: 'post',
    path: '/reset',
    tags,
    summary: 'Back to how the broker was when it became ready; clients stay connected',
    responses: answers(Status, 'It is as it was.'),
  })
  app.openapi(reset, async (context) => {
    await broker.reset()
    return context.json({ status: 'reset' }, 200)
  })
  clockRoutes(app, broker, clockOf)
  forkRoutes(app, broker, forks)
  return app
}

function clockRoutes(app: OpenAPIHono, broker: RunningBroker, clockOf: () => z.infer<typeof ClockState>): void {
  const show = createRoute({
    method: 'get',
    path: '/clock',
    tags,
    summary: 'The time of the broker',
    responses: answers(ClockState, 'Wall clock, in milliseconds since the epoch.'),
  })
  app.openapi(show, (context) => context.json(clockOf(), 200))
  const advance = createRoute({
    method: 'post',
    path: '/clock/advance',
    tags,
    summary: 'Moves the time of a broker with a manual clock; answered when all that follows has been done',
    request: { body: body(Advance) },
    responses: answers(ClockState, 'The time now.'),
  })
  app.openapi(advance, async (context) => {
    await broker.clock.advance(context.req.valid('json').by)
    return context.json(clockOf(), 200)
  })
}

function forkRoutes(app: OpenAPIHono, broker: RunningBroker, forks: Forks): void {
  const stateOf = (id: string, fork: RunningBroker) => ({
    id,
    bootstrapServers: fork.bootstrapServers,
    control: `/forks/${id}`,
  })
  const make = createRoute({
    method: 'post',
    path: '/forks',
    tags,
    summary: 'Another broker with the same content, on a port of its own',
    responses: answers(Fork, 'The fork.'),
  })
  app.openapi(make, async (context) => {
    const fork = await broker.fork()
    return context.json(stateOf(forks.add(fork), fork), 200)
  })
  const list = createRoute({
    method: 'get',
    path: '/forks',
    tags,
    summary: 'The forks that run',
    responses: answers(z.array(Fork), 'The forks.'),
  })
  app.openapi(list, (context) =>
    context.json(
      [...forks.all].map(([id, fork]) => stateOf(id, fork)),
      200,
    ),
  )
  const stop = createRoute({
    method: 'delete',
    path: '/forks/{id}',
    tags,
    summary: 'Stops a fork',
    request: { params: idOf },
    responses: answers(Status, 'It has stopped.'),
  })
  app.openapi(stop, async (context) => {
    const { id } = context.req.valid('param')
    const fork = forks.get(id)
    if (fork === undefined) throw new NotThere(`There is no fork ${id}.`)
    forks.remove(id)
    await fork.stop()
    return context.json({ status: 'stopped' }, 200)
  })
}
