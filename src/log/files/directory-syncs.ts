import type { FileSystem } from '../../env/index.ts'

/**
 * fsyncs of directories that many logs share, with group commit: whoever asks while one runs is served by the next one,
 * together with all others who have asked in the meantime.
 */
export class DirectorySyncs {
  readonly #files: FileSystem
  readonly #running = new Map<string, Promise<void>>()
  readonly #next = new Map<string, Promise<void>>()

  constructor(files: FileSystem) {
    this.#files = files
  }

  /** All names that the directory has now are durable when this resolves. */
  sync(path: string): Promise<void> {
    const running = this.#running.get(path)
    if (running === undefined) return this.#start(path)
    let next = this.#next.get(path)
    if (next === undefined) {
      const start = () => {
        this.#next.delete(path)
        return this.#start(path)
      }
      next = running.then(start, start)
      this.#next.set(path, next)
    }
    return next
  }

  #start(path: string): Promise<void> {
    const running = this.#files.syncDirectory(path).finally(() => {
      if (this.#running.get(path) === running) this.#running.delete(path)
    })
    this.#running.set(path, running)
    return running
  }
}
