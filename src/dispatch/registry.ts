import type { ApiHandler } from './handler.ts'

/** The APIs of this broker. What is in here is implemented; nothing else is advertised or answered. */
export class HandlerRegistry {
  readonly #handlers = new Map<number, ApiHandler>()
  readonly #legacyProtocol: boolean

  /** `legacyProtocol`: versions that Apache 4 has dropped are answered where the handler has them. */
  constructor(handlers: Iterable<ApiHandler> = [], { legacyProtocol = false } = {}) {
    this.#legacyProtocol = legacyProtocol
    for (const handler of handlers) this.add(handler)
  }

  add(handler: ApiHandler): void {
    if (this.#handlers.has(handler.apiKey)) throw new Error(`API ${handler.apiKey} has two handlers`)
    const { oldestVersion } = handler
    const all = this.#legacyProtocol && oldestVersion !== undefined
    this.#handlers.set(handler.apiKey, all ? { ...handler, minVersion: oldestVersion } : handler)
  }

  get(apiKey: number): ApiHandler | undefined {
    return this.#handlers.get(apiKey)
  }

  /** All handlers, in the order of their keys. */
  all(): ApiHandler[] {
    return [...this.#handlers.values()].sort((a, b) => a.apiKey - b.apiKey)
  }
}
