/**
 * The traffic of a proxy as lines of JSON, and as a person reads it. In a line: `at` (ISO 8601), `tookMs`, `broker`,
 * `client` (address), `clientId`, `api`, `version`, `correlationId`, `request`, and `response`, null where none was sent.
 * Messages are in the form of Kafka's own tools; secrets are hidden.
 */
import { errorName } from '../../protocol/errors.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { jsonOf } from '../control/values.ts'
import { requestWithoutSecrets, responseWithoutSecrets } from '../testing/secrets.ts'
import type { TracedExchange } from './surroundings.ts'

export interface TraceLine {
  readonly at: string
  readonly tookMs: number
  readonly broker: string
  readonly client: string
  readonly clientId: string | null
  readonly api: string
  readonly version: number
  readonly correlationId: number
  readonly request: JsonObject
  readonly response: JsonObject | null
}

/** `nowMs`: wall clock at the answer, `monotonicMs`: the time that took begins with. */
export function traceLine(exchange: TracedExchange, nowMs: number, monotonicMs: number): TraceLine {
  const { api, broker, context, request, outcome, begunMs } = exchange
  const { response } = outcome
  const tookMs = Math.round((monotonicMs - begunMs) * 1000) / 1000
  return {
    at: new Date(nowMs - tookMs).toISOString(),
    tookMs,
    broker,
    client: `${context.connection.remoteAddress}:${context.connection.remotePort}`,
    clientId: context.clientId,
    api: api.name,
    version: context.apiVersion,
    correlationId: context.correlationId,
    request: jsonOf(requestWithoutSecrets(api.name, request)) as JsonObject,
    response: response === null ? null : (jsonOf(responseWithoutSecrets(api.name, response)) as JsonObject),
  }
}

/** One line of a recording; null: it is none. */
export function parseTraceLine(text: string): TraceLine | null {
  try {
    const line = JSON.parse(text)
    const isOne =
      typeof line?.api === 'string' &&
      typeof line.at === 'string' &&
      typeof line.tookMs === 'number' &&
      typeof line.request === 'object'
    return isOne ? line : null
  } catch {
    return null
  }
}

const MOST_NAMES = 4
/** Fields that say what a request is about. */
const NAMES = /^(?:topic|name|groupId|transactionalId|key|coordinatorKeys|memberId)$/
const PARTITIONS = /^(?:index|partitionIndex|partition)$/

/** `12:00:01.123  billing → localhost:9092  Produce v13  orders-0  NOT_LEADER_OR_FOLLOWER  2.1 ms` */
export function traceText(line: TraceLine): string {
  const { at, clientId, client, broker, api, version, request, response, tookMs } = line
  const names = [...new Set(subjects(request))]
  const about =
    names.slice(0, MOST_NAMES).join(', ') + (names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '')
  const errors = response === null ? 'no answer' : [...new Set(errorsOf(response))].join(', ') || 'ok'
  const parts = [
    at.slice(11, 23),
    `${clientId ?? client} → ${broker}`,
    `${api} v${version}`,
    about,
    errors,
    `${tookMs.toFixed(1)} ms`,
  ]
  return parts.filter((part) => part !== '').join('  ')
}

function* subjects(value: unknown, around = ''): Iterable<string> {
  if (Array.isArray(value)) {
    for (const each of value) yield* subjects(each, around)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const fields = Object.entries(value)
  const name = fields.find(([key, each]) => NAMES.test(key) && typeof each === 'string' && each !== '')?.[1] as
    | string
    | undefined
  const partition = fields.find(([key, each]) => PARTITIONS.test(key) && typeof each === 'number')?.[1]
  const here = name ?? around
  if (partition !== undefined && around !== '') yield `${around}-${partition}`
  const within = fields.flatMap(([, each]) => [...subjects(each, here)])
  if (name !== undefined && within.length === 0) yield name
  yield* within
}

function* errorsOf(value: unknown): Iterable<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, each] of Object.entries(value)) {
    if (/^(?:e|partitionE)rrorCode$/.test(key) && typeof each === 'number' && each !== 0) yield errorName(each)
    else yield* errorsOf(each)
  }
}
