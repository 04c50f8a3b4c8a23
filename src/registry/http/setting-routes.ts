/** `/config`, `/mode`, `/contexts`, `/compatibility` and what the server says of itself. */
import { compatibilityNotConfigured, versionNotFound } from '../error.ts'
import { testCompatibility } from '../operations/compatibility.ts'
import { type ConfigUpdate, deleteConfig, deleteMode, modeOf, updateConfig, updateMode } from '../operations/configs.ts'
import { deleteContext } from '../operations/delete.ts'
import { configInScope, ownConfig } from '../operations/scope.ts'
import type { Registry } from '../registry.ts'
import { CONFIG_PROPERTIES } from '../state/log-records.ts'
import type { RegistryState, SchemaVersion } from '../state/registry-state.ts'
import { DEFAULT_CONTEXT, isDefaultContext, normalSubjectName } from '../subject-name.ts'
import { configAnswer, configUpdateAnswer } from './answers.ts'
import { typesOfSubject } from './formats.ts'
import { bodyOf, isOn, page, type ResourceRequest, schemaRequestOf, subjectAt, text, versionAt } from './request.ts'
import { type Route, route } from './routes.ts'

/** The subject or the context of a request; null for the default context. */
const scopeAt = (request: ResourceRequest): string | null => {
  const name = subjectAt(request)
  return isDefaultContext(name) ? null : name
}

function configRoutes(path: string): Route[] {
  return [
    route('GET', path, (registry, request) => {
      const scope = scopeAt(request)
      const inScope = isOn(request.query, 'defaultToGlobal')
      return registry.ask(({ state, settings }) => {
        const config = inScope ? configInScope(state, settings, scope) : ownConfig(state, settings, scope)
        if (config === null) throw compatibilityNotConfigured(scope ?? '')
        return configAnswer(config)
      })
    }),
    route('PUT', path, async (registry, request) => {
      const update = configUpdateOf(request)
      return configUpdateAnswer(await registry.change((view) => updateConfig(view, scopeAt(request), update)))
    }),
    route('DELETE', path, async (registry, request) =>
      configAnswer(await registry.change((view) => deleteConfig(view, scopeAt(request)))),
    ),
  ]
}

function configUpdateOf(request: ResourceRequest): ConfigUpdate {
  const { compatibility, ...body } = bodyOf(request)
  const given = { ...(compatibility === undefined ? {} : { compatibilityLevel: compatibility }), ...body }
  const known = Object.entries(given).filter(([name]) => (CONFIG_PROPERTIES as readonly string[]).includes(name))
  text(given, 'compatibilityLevel')
  return Object.fromEntries(known)
}

function modeRoutes(path: string): Route[] {
  return [
    route('GET', path, (registry, request) => {
      const inScope = isOn(request.query, 'defaultToGlobal')
      return registry.ask((view) => ({ mode: modeOf(view, scopeAt(request), inScope) }))
    }),
    route('PUT', path, async (registry, request) => {
      const mode = text(bodyOf(request), 'mode')
      await registry.change((view) => updateMode(view, scopeAt(request), mode, isOn(request.query, 'force')))
      return { mode }
    }),
    route('DELETE', path, async (registry, request) => {
      const recursive = isOn(request.query, 'recursive')
      const mode = await registry.change((view) => deleteMode(view, scopeAt(request), recursive))
      return mode === null ? {} : { mode }
    }),
  ]
}

const test = async (
  registry: Registry,
  request: ResourceRequest,
  earlier: (state: RegistryState, subject: string) => SchemaVersion[],
) => {
  const wanted = schemaRequestOf(request)
  const subject = subjectAt(request)
  const [verbose, normalize] = [isOn(request.query, 'verbose'), isOn(request.query, 'normalize')]
  const messages = await registry.ask(
    (view) => testCompatibility(view, subject, wanted, earlier(view.state, subject), { normalize, verbose }),
    typesOfSubject(subject, wanted.schemaType),
  )
  return { is_compatible: messages.length === 0, ...(verbose ? { messages } : {}) }
}

const compatibilityRoutes: readonly Route[] = [
  route('POST', '/compatibility/subjects/:subject/versions', (registry, request) =>
    test(registry, request, (state, subject) => state.versions(subject, 'live')),
  ),
  route('POST', '/compatibility/subjects/:subject/versions/:version', (registry, request) => {
    const version = versionAt(request)
    return test(registry, request, (state, subject) => {
      const found = version === -1 ? state.latest(subject) : state.version(subject, version)
      if (found === null && version !== -1) throw versionNotFound(version)
      return found === null ? [] : [found]
    })
  }),
]

const contextRoutes: readonly Route[] = [
  route('GET', '/contexts', (registry, { query }) =>
    registry.ask(({ state }) => {
      const all = [DEFAULT_CONTEXT, ...state.namedContexts()]
      return page(
        all.filter((context) => context.startsWith(query.get('contextPrefix') ?? '')),
        query,
      )
    }),
  ),
  {
    method: 'DELETE',
    path: '/contexts/:context',
    answer: async (registry, { at: { context = '' } }) => {
      await registry.change((view) => deleteContext(view, normalSubjectName(context)))
      return { noContent: true }
    },
  },
]

export const settingRoutes: readonly Route[] = [
  ...configRoutes('/config'),
  ...configRoutes('/config/:subject'),
  ...modeRoutes('/mode'),
  ...modeRoutes('/mode/:subject'),
  ...compatibilityRoutes,
  ...contextRoutes,
]
