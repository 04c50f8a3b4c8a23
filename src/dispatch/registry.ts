import type { ApiHandler } from './handler.ts'

/** The APIs of this broker. What is in here is implemented; nothing else is advertised or answered. */
export class HandlerRegistry {
  private readonly handlers = new Map<number, ApiHandler>()

  constructor(handlers: Iterable<ApiHandler> = []) {
    for (const handler of handlers) this.add(handler)
  }

  add(handler: ApiHandler): void {
    if (this.handlers.has(handler.apiKey)) throw new Error(`API ${handler.apiKey} has two handlers`)
    this.handlers.set(handler.apiKey, handler)
  }

  get(apiKey: number): ApiHandler | undefined {
    return this.handlers.get(apiKey)
  }

  /** In the order of their keys. */
  all(): ApiHandler[] {
    return [...this.handlers.values()].sort((a, b) => a.apiKey - b.apiKey)
  }
}
