/** Parts of a request: switches, numbers, pages and bodies, each checked as it is read. */
import { badRequest, invalidVersion, notFound, unprocessable } from '../error.ts'
import type { SchemaRequest } from '../operations/schema-request.ts'
import { type Metadata, normalMetadata, normalRuleSet, type RuleSet } from '../schema-attachments.ts'
import type { SchemaReference } from '../state/log-records.ts'
import type { Which } from '../state/registry-state.ts'
import { normalSubjectName } from '../subject-name.ts'

const INT32_MAX = 2 ** 31 - 1

export interface ResourceRequest {
  /** The text at the place of each name in the route: `subject`, `version`, `id`. */
  readonly at: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** null: there was none. */
  readonly body: unknown
}

export const isOn = (query: URLSearchParams, name: string): boolean => query.get(name)?.toLowerCase() === 'true'

export const subjectAt = ({ at }: ResourceRequest): string => normalSubjectName(at.subject ?? '')

/** -1 for `latest`. Throws 42202. */
export function versionAt({ at }: ResourceRequest): number {
  const text = (at.version ?? '').trim()
  if (text.toLowerCase() === 'latest') return -1
  const version = Number(text)
  if (!/^[+-]?\d+$/.test(text) || Math.abs(version) > INT32_MAX) throw invalidVersion(at.version ?? '')
  if (version <= 0 && version !== -1) throw invalidVersion(String(version))
  return version
}

/** Throws 404 where it is no number, as of a path that leads nowhere. */
export function idAt({ at }: ResourceRequest): number {
  const id = Number(at.id)
  if (!/^-?\d+$/.test(at.id ?? '') || Math.abs(id) > INT32_MAX) throw notFound()
  return id
}

/** With `deletedOnly` the deleted ones, with `deleted` those too. */
export function whichOf(query: URLSearchParams): Which {
  if (isOn(query, 'deletedOnly')) return 'deleted'
  return isOn(query, 'deleted') ? 'all' : 'live'
}

/** The part of a list that `offset` and `limit` ask for; no limit, or a negative one, takes `most`. */
export function page<T>(items: readonly T[], query: URLSearchParams, most = Number.POSITIVE_INFINITY): T[] {
  const offset = Math.max(0, integer(query, 'offset') ?? 0)
  const limit = integer(query, 'limit') ?? -1
  return items.slice(offset, offset + (limit < 0 ? most : Math.min(limit, most)))
}

function integer(query: URLSearchParams, name: string): number | null {
  const text = query.get(name)
  if (text === null || text === '') return null
  if (!/^-?\d+$/.test(text)) throw notFound()
  return Number(text)
}

type Body = Readonly<Record<string, unknown>>

export function bodyOf({ body }: ResourceRequest): Body {
  if (body === null || body === undefined) throw unprocessable('The request needs a body')
  if (typeof body !== 'object' || Array.isArray(body)) throw badRequest('The body is no JSON object')
  return body as Body
}

export function schemaRequestOf(request: ResourceRequest): SchemaRequest {
  const body = bodyOf(request)
  return {
    schema: text(body, 'schema'),
    schemaType: text(body, 'schemaType') ?? 'AVRO',
    references: references(body),
    metadata: normalMetadata(object<Metadata>(body, 'metadata')),
    ruleSet: normalRuleSet(object<RuleSet>(body, 'ruleSet')),
    version: int(body, 'version') ?? 0,
    id: int(body, 'id') ?? -1,
  }
}

function references(body: Body): SchemaReference[] {
  const { references: list = null } = body
  if (list === null) return []
  if (!Array.isArray(list)) throw badRequest('references is no list')
  return list.map((item: unknown) => {
    if (typeof item !== 'object' || item === null) throw badRequest('references has an item that is no object')
    const { name, subject, version } = item as Record<string, unknown>
    return { name, subject, version } as SchemaReference
  })
}

export function text(body: Body, name: string): string | null {
  const value = body[name] ?? null
  if (value !== null && typeof value !== 'string') throw badRequest(`${name} is no string`)
  return value
}

function int(body: Body, name: string): number | null {
  const value = body[name] ?? null
  if (value === null) return null
  if (!Number.isInteger(value)) throw badRequest(`${name} is no integer`)
  return value as number
}

export function object<T extends object>(body: Body, name: string): T | null {
  const value = body[name] ?? null
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) throw badRequest(`${name} is no object`)
  return value as T | null
}
