/** `/subjects`: subjects and their versions. */
import { invalidRuleSet, invalidSubject, schemaNotFound, subjectNotFound, versionNotFound } from '../error.ts'
import { deleteSubject, deleteVersion } from '../operations/delete.ts'
import { findSchema } from '../operations/find-schema.ts'
import { referrers, versionInContexts } from '../operations/lookups.ts'
import type { View } from '../operations/operation.ts'
import { register } from '../operations/register.ts'
import type { SchemaRequest } from '../operations/schema-request.ts'
import { configInScope } from '../operations/scope.ts'
import type { Registry } from '../registry.ts'
import { faultOfRuleSet } from '../schema-attachments.ts'
import type { RegistryState, SchemaVersion } from '../state/registry-state.ts'
import {
  ALL_CONTEXTS,
  contextOf,
  contextPrefix,
  DEFAULT_CONTEXT,
  isValidSubject,
  qualifiedBy,
} from '../subject-name.ts'
import { registeredAnswer, versionAnswer } from './answers.ts'
import { formatted, MOST_SCHEMAS, typesOfSubject } from './formats.ts'
import { isOn, page, type ResourceRequest, schemaRequestOf, subjectAt, versionAt, whichOf } from './request.ts'
import { type Route, route } from './routes.ts'

export const subjectRoutes: readonly Route[] = [
  route('GET', '/subjects', (registry, { query }) =>
    registry.ask(({ state }) =>
      page(state.subjects(query.get('subjectPrefix') ?? ALL_CONTEXTS, whichOf(query)), query),
    ),
  ),
  route('POST', '/subjects/:subject', lookUp),
  route('DELETE', '/subjects/:subject', (registry, request) =>
    registry.change((view) => deleteSubject(view, subjectAt(request), isOn(request.query, 'permanent'))),
  ),
  route('GET', '/subjects/:subject/metadata', latestWithMetadata),
  route('GET', '/subjects/:subject/versions', versions),
  route('POST', '/subjects/:subject/versions', registerVersion),
  route('GET', '/subjects/:subject/versions/:version', (registry, request) =>
    answerVersion(registry, request, (version, schema) =>
      versionAnswer(withQualifiedReferences(version, request), schema),
    ),
  ),
  route('DELETE', '/subjects/:subject/versions/:version', (registry, request) => {
    const version = versionAt(request)
    return registry.change((view) => deleteVersion(view, subjectAt(request), version, isOn(request.query, 'permanent')))
  }),
  {
    method: 'GET',
    path: '/subjects/:subject/versions/:version/schema',
    answer: (registry, request) => answerVersion(registry, request, (_, schema) => ({ raw: schema })),
  },
  route('GET', '/subjects/:subject/versions/:version/referencedby', referencedBy),
]

function registerVersion(registry: Registry, request: ResourceRequest): Promise<object> {
  const wanted = schemaRequestOf(request)
  const fault = faultOfRuleSet(wanted.ruleSet)
  if (fault !== null) throw invalidRuleSet(fault)
  const subject = subjectAt(request)
  if (!isValidSubject(subject)) throw invalidSubject(subject)
  const options = { normalize: isOn(request.query, 'normalize'), force: isOn(request.query, 'force') }
  const format = request.query.get('format') ?? ''
  return registry.change(
    (view) => {
      const { records, answer } = register(view, subject, wanted, options)
      const schema = format === '' ? answer.schema : formattedText(view, subject, { ...wanted, ...answer }, format)
      return { records, answer: registeredAnswer({ ...answer, schema }) }
    },
    typesOfSubject(subject, wanted.schemaType),
  )
}

const formattedText = (
  { parser }: View,
  subject: string,
  request: SchemaRequest & { schema: string },
  format: string,
) => parser.parse({ ...request, subject }, false).formatted(format)

function lookUp(registry: Registry, request: ResourceRequest): Promise<object> {
  const wanted = schemaRequestOf(request)
  const subject = subjectAt(request)
  const { query } = request
  const which = isOn(query, 'deleted') ? 'all' : 'live'
  return registry.ask(
    (view) => {
      const normalize = isOn(query, 'normalize') || configInScope(view.state, view.settings, subject).normalize === true
      const found = inAnyContext(view, subject, (name) => findSchema(view, name, wanted, { normalize, which }))
      if (found === null)
        throw view.state.hasSubject(subject, which === 'all') ? schemaNotFound() : subjectNotFound(subject)
      return versionAnswer(found, formatted(view, found, query))
    },
    typesOfSubject(subject, wanted.schemaType),
  )
}

/** A subject without a context is looked for in the default one, then in the others. */
function inAnyContext(
  { state }: View,
  subject: string,
  find: (name: string) => SchemaVersion | null,
): SchemaVersion | null {
  const found = find(subject)
  if (found !== null || contextOf(subject) !== DEFAULT_CONTEXT) return found
  for (const context of state.namedContexts()) {
    const name = contextPrefix(context) + subject
    const elsewhere = state.hasSubject(name, true) ? find(name) : null
    if (elsewhere !== null) return elsewhere
  }
  return null
}

function latestWithMetadata(registry: Registry, request: ResourceRequest): Promise<object> {
  const { query } = request
  const subject = subjectAt(request)
  const [keys, values] = [query.getAll('key'), query.getAll('value')]
  const wanted = keys.slice(0, values.length).map((key, index) => [key, values[index]] as const)
  const orDeleted = isOn(query, 'deleted')
  return registry.ask((view) => {
    const found = view.state
      .versions(subject, orDeleted ? 'all' : 'live')
      .reverse()
      .find(({ metadata }) => metadata !== null && wanted.every(([key, value]) => metadata.properties?.[key] === value))
    if (found === undefined)
      throw view.state.hasSubject(subject, orDeleted) ? schemaNotFound() : subjectNotFound(subject)
    return versionAnswer(found, formatted(view, found, query))
  }, typesOfSubject(subject))
}

function versions(registry: Registry, request: ResourceRequest): Promise<number[]> {
  const { query } = request
  const subject = subjectAt(request)
  const which = whichOf(query)
  const asNegative = isOn(query, 'deletedAsNegative')
  return registry.ask(({ state }) => {
    if (!state.hasSubject(subject, which !== 'live')) throw subjectNotFound(subject)
    const found = state.versions(subject, asNegative ? 'all' : which)
    return page(found, query).map(({ version, deleted }) => (asNegative && deleted ? -version : version))
  })
}

function answerVersion<T>(
  registry: Registry,
  request: ResourceRequest,
  answer: (version: SchemaVersion, schema: string) => T,
): Promise<T> {
  const version = versionAt(request)
  const subject = subjectAt(request)
  const { query } = request
  return registry.ask((view) => {
    const found = versionOrError(view.state, subject, version, isOn(query, 'deleted'))
    return answer(found, formatted(view, found, query))
  }, typesOfSubject(subject))
}

function versionOrError(state: RegistryState, subject: string, version: number, orDeleted: boolean): SchemaVersion {
  const found = versionInContexts(state, subject, version, orDeleted ? 'all' : 'live')
  if (found === null) throw state.hasSubject(subject, orDeleted) ? versionNotFound(version) : subjectNotFound(subject)
  return found
}

/** With `referenceFormat=qualified` references name the context that they are in. */
export function withQualifiedReferences(version: SchemaVersion, { query }: ResourceRequest): SchemaVersion {
  if (query.get('referenceFormat') !== 'qualified' || contextOf(version.subject) === DEFAULT_CONTEXT) return version
  const references = version.references.map((reference) => ({
    ...reference,
    subject: qualifiedBy(version.subject, reference.subject),
  }))
  return { ...version, references }
}

function referencedBy(registry: Registry, request: ResourceRequest): Promise<number[]> {
  const version = versionAt(request)
  const subject = subjectAt(request)
  const { query } = request
  return registry.ask(({ state }) => {
    const found = versionOrError(state, subject, version, true)
    const which = isOn(query, 'deleted') ? 'all' : 'live'
    return page(referrers(state, found.subject, found.version, which), query, MOST_SCHEMAS).map(({ id }) => id)
  })
}
