import type { Parts } from './parts.ts'

/** Whether clients are served, and if not, why: for those who send them here. */
export class Readiness {
  readonly #parts: Parts
  readonly #nodeId: number
  /** The step of a start, or of a stop, that is under way; null: neither is. */
  #step: string | null = 'it is starting'

  constructor(parts: Parts, nodeId: number) {
    this.#parts = parts
    this.#nodeId = nodeId
  }

  /** `what` goes into a sentence: `it is starting, and opens its logs`. */
  isAt(what: string): void {
    this.#step = what
  }

  isReady(): void {
    this.#step = null
  }

  /** null: clients are served. */
  whyNot(): string | null {
    const { controller, logs } = this.#parts
    if (this.#step !== null) return `Not ready: ${this.#step}.`
    const offline = (logs?.directories ?? []).filter((directory) => directory.offline)
    if (offline.length > 0 && offline.length === logs?.directories.length) {
      return 'Not ready: no data directory is left that works.'
    }
    if (controller?.metadata.image.cluster.brokers.get(String(this.#nodeId))?.fenced === true) {
      return 'Not ready: the controller has fenced this broker.'
    }
    return null
  }
}

/** The surroundings of a start. */
export interface Start {
  /** Called between the steps, and throws when the start is to be given up. */
  readonly goOn: () => void
  readonly readiness: Readiness
}
