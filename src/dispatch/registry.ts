import type { Listener } from '../../protocol/schema.ts'
import type { ApiHandler } from './handler.ts'

/**
 * The APIs of this node. What is in here is implemented; nothing else is advertised or answered. An API may have a handler
 * for clients of the broker and another one for those of the controller: Fetch reads other logs there.
 */
export class HandlerRegistry {
  readonly #handlers: Readonly<Record<Listener, Map<number, ApiHandler>>> = { broker: new Map(), controller: new Map() }
  readonly #legacyProtocol: boolean

  /** `legacyProtocol`: versions that Apache 4 has dropped are answered where the handler has them. */
  constructor(handlers: Iterable<ApiHandler> = [], { legacyProtocol = false } = {}) {
    this.#legacyProtocol = legacyProtocol
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

  /** The handler that listeners of this type have for the API. */
  get(apiKey: number, listener: Listener = 'broker'): ApiHandler | undefined {
    return this.#handlers[listener].get(apiKey)
  }

  /** All handlers of listeners of this type, in the order of their keys. */
  all(listener: Listener = 'broker'): ApiHandler[] {
    return [...this.#handlers[listener].values()].sort((a, b) => a.apiKey - b.apiKey)
  }
}
