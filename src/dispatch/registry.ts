import type { Listener } from '../../protocol/schema.ts'
import type { ApiHandler } from './handler.ts'
import type { Release, VersionRange } from './releases/release.ts'

/** The APIs as clients meet them. */
export interface ServedHandlers {
  /** The handler that listeners of this type have for the API. */
  get(apiKey: number, listener?: Listener): ApiHandler | undefined
  /** All handlers of listeners of this type, in the order of their keys. */
  all(listener?: Listener): ApiHandler[]
  /** The versions that a client is told which has asked for ApiVersions in a version which is not spoken. */
  versionsOfApiVersions(listener: Listener): (VersionRange & { readonly apiKey: number })[]
}

const API_VERSIONS = 18

/**
 * The APIs of this node. What is in here is implemented; nothing else is advertised or answered. An API may have a handler
 * for clients of the broker and another one for those of the controller: Fetch reads other logs there.
 */
export class HandlerRegistry implements ServedHandlers {
  readonly #handlers: Readonly<Record<Listener, Map<number, ApiHandler>>> = { broker: new Map(), controller: new Map() }
  readonly #legacyProtocol: boolean
  /** The handlers for clients of the broker; the broker itself uses all of them. */
  readonly served: ServedHandlers

  /**
   * `legacyProtocol`: versions that Apache 4 has dropped are answered where the handler has them. `like`: what a release has,
   * and nothing else, is there for clients.
   */
  constructor(
    handlers: Iterable<ApiHandler> = [],
    { legacyProtocol = false, like = null }: { legacyProtocol?: boolean; like?: Release | null } = {},
  ) {
    this.#legacyProtocol = legacyProtocol || like !== null
    this.served = like === null ? this : new HandlersOfRelease(this, like)
    for (const handler of handlers) this.add(handler)
  }

  add(handler: ApiHandler): void {
    const { oldestVersion } = handler
    const all = this.#legacyProtocol && oldestVersion !== undefined
    const added = all ? { ...handler, minVersion: oldestVersion } : handler
    for (const listener of handler.listeners ?? handler.request.listeners) {
      const handlers = this.#handlers[listener]
      if (handlers.has(handler.apiKey)) throw new Error(`API ${handler.apiKey} has two handlers`)
      handlers.set(handler.apiKey, added)
    }
  }

  get(apiKey: number, listener: Listener = 'broker'): ApiHandler | undefined {
    return this.#handlers[listener].get(apiKey)
  }

  all(listener: Listener = 'broker'): ApiHandler[] {
    return [...this.#handlers[listener].values()].sort((a, b) => a.apiKey - b.apiKey)
  }

  versionsOfApiVersions(listener: Listener): (VersionRange & { readonly apiKey: number })[] {
    const handler = this.get(API_VERSIONS, listener)
    return handler === undefined ? [] : [handler]
  }
}

/** The handlers of a broker as far as a release of Kafka has them. */
class HandlersOfRelease implements ServedHandlers {
  readonly #all: HandlerRegistry
  readonly #release: Release
  readonly #narrowed = new Map<ApiHandler, ApiHandler | undefined>()

  constructor(all: HandlerRegistry, release: Release) {
    this.#all = all
    this.#release = release
  }

  get(apiKey: number, listener: Listener = 'broker'): ApiHandler | undefined {
    const handler = this.#all.get(apiKey, listener)
    if (handler === undefined || listener !== 'broker') return handler
    if (!this.#narrowed.has(handler)) this.#narrowed.set(handler, this.#narrow(handler))
    return this.#narrowed.get(handler)
  }

  all(listener: Listener = 'broker'): ApiHandler[] {
    return this.#all.all(listener).flatMap(({ apiKey }) => this.get(apiKey, listener) ?? [])
  }

  versionsOfApiVersions(listener: Listener): (VersionRange & { readonly apiKey: number })[] {
    if (!this.#release.tellsOfItself) return []
    const handler = this.get(API_VERSIONS, listener)
    return handler === undefined ? [] : [handler]
  }

  #narrow(handler: ApiHandler): ApiHandler | undefined {
    const range = this.#release.apis.get(handler.apiKey)
    if (range === undefined) return undefined
    const { advertisedMinVersion: _, ...rest } = handler
    const minVersion = Math.max(handler.minVersion, range.minVersion)
    const maxVersion = Math.min(handler.maxVersion, range.maxVersion)
    if (minVersion > maxVersion) return undefined
    const { claimedMinVersion: advertisedMinVersion } = range
    return { ...rest, minVersion, maxVersion, ...(advertisedMinVersion !== undefined && { advertisedMinVersion }) }
  }
}
