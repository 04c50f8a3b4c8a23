/**
 * The hand of a test over HTTP: `serve.ts` puts it on a port, the document at `/openapi.json` describes it. Each answer is
 * JSON; one that is an error says in a sentence what is wrong, and a wait in vain what was there instead.
 */
import { HTTPException } from 'hono/http-exception'
import { VERSION } from '../config/version.ts'
import type { Clock } from '../env/index.ts'
import { WaitedInVain } from '../testing/content.ts'
import type { RunningBroker } from '../testing/running-broker.ts'
import { contentRoutes } from './routes/content.ts'
import { answers, createRoute, NotThere, newApp, type OpenAPIHono } from './routes/describe.ts'
import { type Forks, lifeRoutes } from './routes/life.ts'
import { moveRoutes } from './routes/moves.ts'
import { faultRoutes } from './routes/rules.ts'
import { lastRequests, witnessRoutes } from './routes/witness.ts'
import { Status } from './schemas.ts'

export interface Control {
  readonly app: OpenAPIHono
  /** Stops the forks that were made here. */
  stop(): Promise<void>
}

export interface ControlOptions {
  readonly broker: RunningBroker
  /** The machine's: waits take real time. */
  readonly clock: Clock
  /** null: clients are served; otherwise a sentence that says why not. */
  readonly whyNotReady: () => string | null
}

export function control(options: ControlOptions): Control {
  const { broker, clock } = options
  const forks = new RunningForks()
  const app = newApp()
  healthRoutes(app, options.whyNotReady)
  app.route('/', lifeRoutes(broker, forks))
  app.route('/', faultRoutes({ faults: broker.faults, clock, lastRequests: () => lastRequests(broker) }))
  app.route('/', witnessRoutes(broker, clock))
  app.route('/', contentRoutes(broker))
  app.route('/', moveRoutes(broker))
  const controls = new WeakMap<RunningBroker, Control>()
  app.all('/forks/:id/*', (context) => {
    const { id } = context.req.param()
    const fork = forks.get(id)
    if (fork === undefined) throw new NotThere(`There is no fork ${id}.`)
    const its = controls.get(fork) ?? control({ broker: fork, clock, whyNotReady: () => null })
    controls.set(fork, its)
    const url = new URL(context.req.url)
    url.pathname = url.pathname.slice(url.pathname.indexOf(`/forks/${id}`) + `/forks/${id}`.length)
    return its.app.fetch(new Request(url, context.req.raw))
  })
  finish(app)
  const stop = async () => {
    for (const [, fork] of forks.all) {
      await controls.get(fork)?.stop()
      await fork.stop()
    }
  }
  return { app, stop }
}

/** The description, and the ends of what does not go well. */
export function finish(app: OpenAPIHono): void {
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: "samsa in a test's hand",
      version: VERSION,
      description:
        'The same as the methods of `startBroker()` in TypeScript. Below `/forks/{id}` a fork answers the same paths.',
    },
  })
  app.notFound((context) =>
    context.json({ error: `There is no ${context.req.method} ${context.req.path}: see /openapi.json.` }, 404),
  )
  app.onError((error, context) => context.json({ error: error.message }, statusOf(error)))
}

function statusOf(error: Error): 400 | 404 | 409 | 504 {
  if (error instanceof WaitedInVain) return 504
  if (error instanceof NotThere) return 404
  // Hono's own: a body that is no JSON.
  if (error instanceof HTTPException) return 400
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError ? 400 : 409
}

export function healthRoutes(app: OpenAPIHono, whyNotReady: () => string | null): void {
  const live = createRoute({
    method: 'get',
    path: '/live',
    tags: ['health'],
    summary: 'Answers while the process lives',
    responses: answers(Status, 'It does.'),
  })
  app.openapi(live, (context) => context.json({ status: 'live' }, 200))
  const ready = createRoute({
    ...live,
    path: '/ready',
    summary: 'Answers 200 when clients are served, else 409',
  })
  app.openapi(ready, (context) => {
    const reason = whyNotReady()
    return reason === null ? context.json({ status: 'ready' }, 200) : context.json({ error: reason }, 409)
  })
}

class RunningForks implements Forks {
  readonly #forks = new Map<string, RunningBroker>()
  #last = 0

  add(fork: RunningBroker): string {
    const id = String(++this.#last)
    this.#forks.set(id, fork)
    return id
  }

  get(id: string): RunningBroker | undefined {
    return this.#forks.get(id)
  }

  remove(id: string): void {
    this.#forks.delete(id)
  }

  get all(): Iterable<[string, RunningBroker]> {
    return this.#forks
  }
}
