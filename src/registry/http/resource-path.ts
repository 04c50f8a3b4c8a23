/**
 * The path of a request as the resources know it. `/contexts/.staging/subjects/orders` means `/subjects/:.staging:orders`,
 * and a subject that is an alias means the one that it stands in for.
 */
import { badRequest } from '../error.ts'
import type { RegistryState } from '../state/registry-state.ts'
import { ALL_CONTEXTS, contextPrefix, DEFAULT_CONTEXT, qualifiedBy } from '../subject-name.ts'

export interface ResourcePath {
  /** Decoded segments, none of them empty. */
  readonly segments: readonly string[]
  readonly query: URLSearchParams
}

export function resourcePath(url: URL): ResourcePath {
  const segments = url.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decoded)
  return inContext({ segments, query: url.searchParams })
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw badRequest(`The path has an escape that stands for no character: ${segment}`)
  }
}

const isQualified = (name: string): boolean => name.startsWith(':.') || name.startsWith(ALL_CONTEXTS)

function inContext(path: ResourcePath): ResourcePath {
  const [first, name, ...rest] = path.segments
  if (first !== 'contexts' || name === undefined) return path
  const prefix = normalPrefix(name)
  if (rest.length === 0) return prefix === '' ? path : { ...path, segments: ['contexts', prefix] }
  const segments = rest.map((segment, index) =>
    isSubject(rest, index) && !isQualified(segment) ? prefix + segment : segment,
  )
  const isTop = rest.length === 1 && (rest[0] === 'config' || rest[0] === 'mode')
  if (isTop && prefix !== '') segments.push(prefix)
  return { segments, query: queryInContext(rest, path.query, prefix) }
}

const isSubject = (segments: readonly string[], index: number): boolean =>
  segments[index - 1] === 'subjects' || (index === 1 && (segments[0] === 'config' || segments[0] === 'mode'))

/** Contexts are written `staging`, `.staging` and `:.staging:`. */
function normalPrefix(name: string): string {
  const bare = name.replace(/^:/, '').replace(/:$/, '')
  if (bare.includes(':')) throw badRequest(`Context name '${bare}' cannot contain a colon`)
  const context = bare.startsWith('.') ? bare : `.${bare}`
  return context === DEFAULT_CONTEXT ? '' : contextPrefix(context)
}

function queryInContext(rest: readonly string[], query: URLSearchParams, prefix: string): URLSearchParams {
  const changed = new URLSearchParams(query)
  if (rest[0] === 'schemas' && rest[1] === 'ids') {
    const subject = query.get('subject') ?? ''
    if (!isQualified(subject)) changed.set('subject', prefix + subject)
  } else if (rest.length === 1 && (rest[0] === 'schemas' || rest[0] === 'subjects')) {
    const wanted = query.get('subjectPrefix') ?? ''
    if (!isQualified(wanted)) changed.set('subjectPrefix', prefix + wanted)
  }
  return changed
}

/** The path with the subject that an alias stands in for. Configurations and modes are those of the alias itself. */
export function withoutAlias({ segments, query }: ResourcePath, state: RegistryState): ResourcePath {
  const resolved = segments.map((segment, index) =>
    segments[index - 1] === 'subjects' ? aliased(segment, state) : segment,
  )
  const subject = query.get('subject') ?? ''
  if (segments[0] !== 'schemas' || segments[1] !== 'ids' || subject === '') return { segments: resolved, query }
  const changed = new URLSearchParams(query)
  changed.set('subject', aliased(subject, state))
  return { segments: resolved, query: changed }
}

function aliased(subject: string, state: RegistryState): string {
  const alias = state.config(subject)?.alias ?? ''
  return alias === '' ? subject : qualifiedBy(subject, alias)
}
