/** Rules on requests, a bad network, a bad disk. */
import type { Clock } from '../../env/index.ts'
import { WaitedInVain } from '../../testing/content.ts'
import type { Faults } from '../../testing/faults/faults.ts'
import type { Rule } from '../../testing/faults/rule.ts'
import { ruleOf } from '../rule-of.ts'
import {
  Condition,
  Count,
  Cut,
  DiskToMake,
  Made,
  NetworkToMake,
  RuleState,
  RuleToMake,
  Status,
  Wait,
} from '../schemas.ts'
import { answers, body, createRoute, idOf, NotThere, newApp, type OpenAPIHono, z } from './describe.ts'

const tags = ['faults']

export interface FaultsToControl {
  readonly faults: Faults
  /** The machine's: a wait takes real time. */
  readonly clock: Clock
  /** For a wait in vain: words on the requests that came last. */
  readonly lastRequests: () => string
}

/** Values by the numbers under which clients know them. */
class Numbered<T> {
  readonly #values = new Map<string, T>()
  #last = 0

  add(value: T): string {
    const id = String(++this.#last)
    this.#values.set(id, value)
    return id
  }

  get(id: string, what: string): T {
    const value = this.#values.get(id)
    if (value === undefined) throw new NotThere(`There is no ${what} ${id}.`)
    return value
  }

  take(id: string, what: string): T {
    const value = this.get(id, what)
    this.#values.delete(id)
    return value
  }

  clear(): void {
    this.#values.clear()
  }

  [Symbol.iterator](): Iterator<[string, T]> {
    return this.#values.entries()
  }
}

/** A bad network or disk, in the words by which it was made. */
interface NamedCondition {
  readonly condition: string
  readonly fault: Disposable
}

export function faultRoutes(controlled: FaultsToControl): OpenAPIHono {
  const app = newApp()
  const rules = new Numbered<Rule>()
  const conditions = new Numbered<NamedCondition>()
  ruleRoutes(app, rules, controlled)
  conditionRoutes(app, conditions, controlled)
  listConditions(app, conditions)
  const clear = createRoute({
    method: 'delete',
    path: '/faults',
    tags,
    summary: 'Takes all rules and conditions away; requests that wait go on',
    responses: answers(Status, 'They are gone.'),
  })
  return app.openapi(clear, (context) => {
    controlled.faults.clear()
    rules.clear()
    conditions.clear()
    return context.json({ status: 'cleared' }, 200)
  })
}

function ruleRoutes(app: OpenAPIHono, rules: Numbered<Rule>, { faults, clock, lastRequests }: FaultsToControl): void {
  const stateOf = (id: string, rule: Rule) => ({ id, rule: String(rule), hits: rule.hits })
  const make = createRoute({
    method: 'post',
    path: '/rules',
    tags,
    summary: 'Makes a rule, which is in force until it is deleted',
    request: { body: body(RuleToMake) },
    responses: answers(RuleState, 'The rule.'),
  })
  app.openapi(make, (context) => {
    const rule = ruleOf(faults, context.req.valid('json'))
    return context.json(stateOf(rules.add(rule), rule), 200)
  })
  const list = createRoute({
    method: 'get',
    path: '/rules',
    tags,
    summary: 'Rules and their hits',
    request: { query: z.object({ unused: z.enum(['true', 'false']).default('false') }) },
    responses: answers(z.array(RuleState), 'All rules, or those that have never matched.'),
  })
  app.openapi(list, (context) => {
    const all = [...rules].map(([id, rule]) => stateOf(id, rule))
    return context.json(context.req.valid('query').unused === 'true' ? all.filter(({ hits }) => hits === 0) : all, 200)
  })
  const show = createRoute({
    method: 'get',
    path: '/rules/{id}',
    tags,
    summary: 'A rule and its hits',
    request: { params: idOf },
    responses: answers(RuleState, 'The rule.'),
  })
  app.openapi(show, (context) => {
    const { id } = context.req.valid('param')
    return context.json(stateOf(id, rules.get(id, 'rule')), 200)
  })
  const remove = createRoute({ ...show, method: 'delete', summary: 'Takes a rule away; requests that it holds go on' })
  app.openapi(remove, (context) => {
    const { id } = context.req.valid('param')
    const rule = rules.take(id, 'rule')
    rule[Symbol.dispose]()
    return context.json(stateOf(id, rule), 200)
  })
  const release = createRoute({
    ...show,
    method: 'post',
    path: '/rules/{id}/release',
    summary: 'Lets go of the requests that a rule holds now',
  })
  app.openapi(release, (context) => {
    const { id } = context.req.valid('param')
    const rule = rules.get(id, 'rule')
    rule.release()
    return context.json(stateOf(id, rule), 200)
  })
  const wait = createRoute({
    ...show,
    method: 'post',
    path: '/rules/{id}/wait',
    summary: 'Waits until a rule has happened so many times',
    request: { params: idOf, body: body(Wait) },
  })
  app.openapi(wait, async (context) => {
    const { id } = context.req.valid('param')
    const { hits, timeoutMs } = context.req.valid('json')
    const rule = rules.get(id, 'rule')
    const inVain = () =>
      `Waited ${timeoutMs} ms in vain for ${hits} hits of ${rule}: it has ${rule.hits}. ${lastRequests()}`
    await within(clock, timeoutMs, rule.hit(hits), inVain)
    return context.json(stateOf(id, rule), 200)
  })
}

function conditionRoutes(app: OpenAPIHono, conditions: Numbered<NamedCondition>, { faults }: FaultsToControl): void {
  const network = createRoute({
    method: 'post',
    path: '/network',
    tags,
    summary: 'Makes all that is sent late, or slow',
    request: { body: body(NetworkToMake) },
    responses: answers(Made, 'The id by which the condition is taken away.'),
  })
  app.openapi(network, (context) => {
    const asked = context.req.valid('json')
    const { latencyMs = 0, jitterMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = asked
    const fault = faults.network({ latencyMs, jitterMs, bytesPerSecond })
    return context.json({ id: conditions.add({ condition: `network ${JSON.stringify(asked)}`, fault }) }, 200)
  })
  const disk = createRoute({
    method: 'post',
    path: '/disk',
    tags,
    summary: 'Makes operations on files fail, or stall',
    request: { body: body(DiskToMake) },
    responses: answers(Made, 'The id by which the fault is taken away.'),
  })
  app.openapi(disk, (context) => {
    const asked = context.req.valid('json')
    const { error, stallMs, path, operations, times } = asked
    const fault = faults.disk({
      ...(error !== undefined && { error }),
      ...(stallMs !== undefined && { stallMs }),
      ...(path !== undefined && { path: new RegExp(path) }),
      ...(operations !== undefined && { operations }),
      ...(times !== undefined && { times }),
    })
    return context.json({ id: conditions.add({ condition: `disk ${JSON.stringify(asked)}`, fault }) }, 200)
  })
  for (const path of ['/network/{id}', '/disk/{id}'] as const) {
    const remove = createRoute({
      method: 'delete',
      path,
      tags,
      summary: 'Takes it away',
      request: { params: idOf },
      responses: answers(Made, 'It is gone.'),
    })
    app.openapi(remove, (context) => {
      const { id } = context.req.valid('param')
      conditions.take(id, 'condition').fault[Symbol.dispose]()
      return context.json({ id }, 200)
    })
  }
  const cut = createRoute({
    method: 'post',
    path: '/cut',
    tags,
    summary: 'Breaks the connections of a client, or of all; they may connect again',
    request: { body: body(Cut) },
    responses: answers(Count, 'How many were broken.'),
  })
  app.openapi(cut, (context) => {
    const { clientId } = context.req.valid('json')
    return context.json({ count: faults.cut(clientId === undefined ? {} : { clientId }) }, 200)
  })
}

function listConditions(app: OpenAPIHono, conditions: Numbered<NamedCondition>): void {
  const list = createRoute({
    method: 'get',
    path: '/conditions',
    tags,
    summary: 'Bad networks and disks that are in force',
    responses: answers(z.array(Condition), 'All of them.'),
  })
  app.openapi(list, (context) =>
    context.json(
      [...conditions].map(([id, { condition }]) => ({ id, condition })),
      200,
    ),
  )
}

/** Rejects with `WaitedInVain` when the promise takes longer. */
async function within<T>(clock: Clock, timeoutMs: number, promise: Promise<T>, inVain: () => string): Promise<T> {
  let late = () => {}
  const timeout = new Promise<never>((_resolve, reject) => {
    late = () => reject(new WaitedInVain(inVain()))
  })
  const timer = clock.schedule(timeoutMs, () => late())
  try {
    return await Promise.race([promise, timeout])
  } finally {
    timer.cancel()
  }
}
