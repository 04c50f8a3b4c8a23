/**
 * Records the questions to an authorizer for each request of the judges, and the errors in its answer: for Apache Kafka
 * called by `record.ts`, which writes the golden table, and for samsa by the test that holds samsa to it.
 */
import { errorName } from '../../protocol/errors.ts'
import type { AnyField, Fields } from '../../protocol/schema.ts'
import type { Body } from '../diff/connection.ts'
import { apiNamed, versionsOf } from '../diff/session.ts'
import { NOBODY, OWNER, ROOT } from './principals.ts'
import { OWN_CONNECTION, requests } from './requests/index.ts'
import type { World } from './world.ts'

/** The users that ask: later questions depend on what earlier ones have allowed. */
const USERS = [ROOT, OWNER, NOBODY] as const
/** Begins the client ids of requests that are recorded. */
const RECORDED = 'recorded-'

export interface Recorded {
  api: string
  version: number
  label: string
  user: string
  clientId: string
  /** `path ERROR`, each once; those that say that there is none are left out. */
  errors: string[]
}

export interface Listener {
  /** All that was sent before is no part of it. */
  begins?(): void
  answered(request: Recorded): void
}

/** Sends all requests of the API, one after the other. */
export async function sendAll(world: World, api: string, listener: Listener): Promise<void> {
  for (const version of versionsOf(api)) {
    for (const user of USERS) {
      world.count++
      for (const [index, { label, body, before }] of requests[api]!(world, version).entries()) {
        await before?.()
        listener.begins?.()
        const clientId = `${RECORDED}${api}-${world.count}-${index}`
        const connection = OWN_CONNECTION.has(api) ? clientId : undefined
        const answer = await world.session.send(api, version, body, {
          as: user,
          clientId,
          connection,
          timeoutMs: 60_000,
        })
        listener.answered({ api, version, label, user, clientId, errors: errorsOf(api, answer) })
      }
    }
  }
}

function errorsOf(api: string, answer: Body): string[] {
  const found = new Set<string>()
  collectErrors(apiNamed(api).response.fields, answer, '', found)
  return [...found].sort()
}

function collectErrors(fields: Fields, body: Body, path: string, found: Set<string>): void {
  for (const [name, field] of Object.entries(fields)) {
    const value = body[name]
    const place = path === '' ? name : `${path}.${name}`
    if (value === undefined || value === null) continue
    if (/errorCode$/i.test(name)) {
      if (value !== 0) found.add(`${place} ${errorName(value)}`)
    } else collectInside(field, value, place, found)
  }
}

function collectInside(field: AnyField, value: unknown, place: string, found: Set<string>): void {
  if (field.type === 'struct') collectErrors(field.fields!, value as Body, place, found)
  if (field.type !== 'array') return
  for (const element of value as unknown[]) collectInside(field.element!, element, `${place}[]`, found)
}

/** A line of the table: `asked` is the same in all of the versions. */
export interface Row {
  versions: string
  request: string
  user: string
  /** `OPERATION RESOURCE name`. */
  asked: readonly string[]
  errors: readonly string[]
}

export type Table = Readonly<Record<string, readonly Row[]>>

/** A broker chooses the ids of tokens. */
const TOKEN_ID = /( DELEGATION_TOKEN) .*/

/** `asked`: by the client id of the request. */
export function tableOf(recorded: readonly Recorded[], asked: ReadonlyMap<string, ReadonlySet<string>>): Table {
  const table: Record<string, Row[]> = {}
  for (const { api, version, label, user, clientId, errors } of recorded) {
    table[api] ??= []
    const rows = table[api]
    const questions = [...(asked.get(clientId) ?? [])].map((question) => question.replace(TOKEN_ID, '$1 (id)'))
    const row = { request: label, user, asked: [...new Set(questions)].sort(), errors }
    const same = rows.findLast(({ request, user: who }) => request === label && who === user)
    if (same !== undefined && isSame(same, row)) same.versions = `${same.versions.split('-')[0]}-${version}`
    else rows.push({ versions: `${version}`, ...row })
  }
  return table
}

const isSame = (one: Omit<Row, 'versions'>, other: Omit<Row, 'versions'>): boolean =>
  one.asked.join() === other.asked.join() && one.errors.join() === other.errors.join()
