/** `/schemas`: schemas by id and by guid, and those of all subjects. */
import { schemaNotFound } from '../error.ts'
import { aliases, idsOfGuid, versionByGuid, versionById, versionsById } from '../operations/lookups.ts'
import type { View } from '../operations/operation.ts'
import type { Needs, Registry } from '../registry.ts'
import type { RuleSet } from '../schema-attachments.ts'
import { SCHEMA_TYPES } from '../schema-types/schema-type.ts'
import type { SchemaVersion } from '../state/registry-state.ts'
import { ALL_CONTEXTS, contextOf, hasPrefix } from '../subject-name.ts'
import { schemaAnswer, versionAnswer } from './answers.ts'
import { formatted, MOST_SCHEMAS } from './formats.ts'
import { idAt, isOn, page, type ResourceRequest } from './request.ts'
import { type Route, route } from './routes.ts'
import { withQualifiedReferences } from './subject-routes.ts'

export const schemaRoutes: readonly Route[] = [
  route('GET', '/schemas', listSchemas),
  route('GET', '/schemas/types', async () => SCHEMA_TYPES),
  route('GET', '/schemas/ids/:id', (registry, request) => {
    const { query } = request
    return answerById(registry, request, (view, version, schema) => {
      const withSubject = query.has('subject')
      const maxId = isOn(query, 'fetchMaxId') ? view.state.context(contextOf(version.subject)).maxId : undefined
      return schemaAnswer(withQualifiedReferences(version, request), { schema, withSubject, maxId })
    })
  }),
  {
    method: 'GET',
    path: '/schemas/ids/:id/schema',
    answer: (registry, request) => answerById(registry, request, (_, __, schema) => ({ raw: schema })),
  },
  route('GET', '/schemas/ids/:id/subjects', async (registry, request) =>
    page([...new Set((await versionsOf(registry, request)).map(({ subject }) => subject))], request.query),
  ),
  route('GET', '/schemas/ids/:id/versions', async (registry, request) =>
    page(await versionsOf(registry, request), request.query).map(({ subject, version }) => ({ subject, version })),
  ),
  route('GET', '/schemas/guids/:guid', (registry, { at: { guid = '' }, query }) =>
    registry.ask((view) => {
      const version = versionByGuid(view.state, guid)
      if (version === null) throw schemaNotFound(guid)
      return schemaAnswer(version, { schema: formatted(view, version, query) })
    }, typesOfFormat(query)),
  ),
  route('GET', '/schemas/guids/:guid/ids', (registry, { at: { guid = '' } }) =>
    registry.ask(({ state }) => idsOfGuid(state, guid)),
  ),
]

/** A format needs the libraries of its kind; which kind it is shows only then. */
const typesOfFormat =
  (query: URLSearchParams): Needs =>
  () =>
    (query.get('format') ?? '').trim() === '' ? [] : SCHEMA_TYPES

function answerById<T>(
  registry: Registry,
  request: ResourceRequest,
  answer: (view: View, version: SchemaVersion, schema: string) => T,
): Promise<T> {
  const id = idAt(request)
  const { query } = request
  return registry.ask((view) => {
    const version = versionById(view.state, id, query.get('subject'))
    if (version === null) throw schemaNotFound(id)
    return answer(view, version, formatted(view, version, query))
  }, typesOfFormat(query))
}

function versionsOf(registry: Registry, request: ResourceRequest): Promise<SchemaVersion[]> {
  const id = idAt(request)
  const { query } = request
  return registry.ask(({ state }) => {
    const found = versionsById(state, id, query.get('subject'), isOn(query, 'deleted') ? 'all' : 'live')
    if (found === null) throw schemaNotFound()
    return found
  })
}

function listSchemas(registry: Registry, { query }: ResourceRequest): Promise<object[]> {
  const prefix = query.get('subjectPrefix') ?? ALL_CONTEXTS
  const which = isOn(query, 'deleted') ? 'all' : 'live'
  const ruleType = query.get('ruleType') ?? ''
  return registry.ask(({ state }) => {
    const standIns = isOn(query, 'aliases')
      ? aliases(state, (name) => hasPrefix(name, prefix))
      : new Map<string, string[]>()
    const subjects = new Set([...state.subjects(prefix, 'all'), ...standIns.keys()])
    const all = [...subjects].flatMap((subject) => {
      const found = state.versions(subject, which)
      return isOn(query, 'latestOnly') ? found.slice(-1) : found
    })
    const wanted = ruleType === '' ? all : all.filter(({ ruleSet }) => hasRuleOfType(ruleSet, ruleType))
    return page(wanted, query, MOST_SCHEMAS).map((version) => {
      const names = standIns.get(version.subject)
      return names === undefined ? versionAnswer(version) : { ...versionAnswer(version), aliases: names }
    })
  })
}

function hasRuleOfType(ruleSet: RuleSet | null, type: string): boolean {
  const { migrationRules = [], domainRules = [], encodingRules = [] } = ruleSet ?? {}
  return [...migrationRules, ...domainRules, ...encodingRules].some((rule) => rule.type === type)
}
