import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { ConfigError } from '../../config/index.ts'
import type { Logger } from '../../env/logger.ts'

/**
 * The file of `--record`. A disk that fails ends the recording and not the proxy: clients go through it. The log says once that
 * exchanges are missing from then on.
 */
export class Recording {
  readonly #file: Writable
  #hasFailed = false

  constructor(file: Writable, name: string, logger: Logger) {
    this.#file = file
    file.on('error', (error: Error) => {
      if (!this.#hasFailed) {
        logger.error(`--record ${name} has failed, and nothing more is recorded; the proxy goes on: ${error.message}`)
      }
      this.#hasFailed = true
    })
  }

  /** A line of text without its end. */
  write(line: string): void {
    if (!this.#hasFailed) this.#file.write(`${line}\n`)
  }

  /** Resolves when all lines are written, or have failed to be. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(() => resolve()))
  }
}

/** Appends to a file. Rejects with a `ConfigError` where it cannot be opened. */
export function openRecording(name: string, logger: Logger): Promise<Recording> {
  return new Promise((resolve, reject) => {
    const file = createWriteStream(name, { flags: 'a' })
    const refuse = (error: Error) => reject(new ConfigError(`--record ${name} cannot be written: ${error.message}`))
    file.once('error', refuse)
    file.once('open', () => {
      file.off('error', refuse)
      resolve(new Recording(file, name, logger))
    })
  })
}
