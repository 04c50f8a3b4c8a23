/** Routes of the API: a method, a path in which `:name` stands for any segment, and what answers. */
import type { Registry } from '../registry.ts'
import type { ResourceRequest } from './request.ts'

/** An answer to be sent as JSON, as the text that it is, or nothing (204). */
export type Answer = { readonly json: unknown } | { readonly raw: string } | { readonly noContent: true }

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly answer: (registry: Registry, request: ResourceRequest) => Promise<Answer>
}

/** Whether it changes what is there; other requests with a body are questions. */
export const isChange = ({ method, path }: Route): boolean =>
  method === 'PUT' || method === 'DELETE' || (method === 'POST' && path === '/subjects/:subject/versions')

/** Builds a route from one that resolves to the JSON itself. */
export const route = (
  method: Route['method'],
  path: string,
  answer: (registry: Registry, request: ResourceRequest) => Promise<unknown>,
): Route => ({ method, path, answer: async (registry, request) => ({ json: await answer(registry, request) }) })

export interface Match {
  readonly route: Route
  readonly at: Readonly<Record<string, string>>
}

/** Finds routes by the segments of a path. */
export class RouteTable {
  readonly #routes: readonly { readonly route: Route; readonly segments: readonly string[] }[]

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((each) => ({ route: each, segments: each.path.split('/').filter((part) => part !== '') }))
  }

  /** null: no such path; `method`: the path is there, but not for this method. */
  find(method: string, path: readonly string[]): Match | 'method' | null {
    let isKnown = false
    for (const { route: candidate, segments } of this.#routes) {
      const at = matched(segments, path)
      if (at === null) continue
      if (candidate.method === method) return { route: candidate, at }
      isKnown = true
    }
    return isKnown ? 'method' : null
  }
}

function matched(segments: readonly string[], path: readonly string[]): Record<string, string> | null {
  if (segments.length !== path.length) return null
  const at: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    const given = path[index] ?? ''
    if (segment.startsWith(':')) at[segment.slice(1)] = given
    else if (segment !== given) return null
  }
  return at
}
