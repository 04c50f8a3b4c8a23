import { once } from 'node:events'

const FLUSH_LENGTH = 64 * 1024

/**
 * Standard output for much text: collected into large writes, and no more of it in memory than the reader of a pipe
 * leaves waiting. A reader that goes away, as `head` does, ends the process without a word.
 */
export class Output {
  #text = ''

  constructor() {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0)
      throw error
    })
  }

  /** Await what it returns before writing more, unless that is null. */
  line(text: string): Promise<void> | null {
    this.#text += `${text}\n`
    return this.#text.length < FLUSH_LENGTH ? null : this.flush()
  }

  json(value: unknown): Promise<void> | null {
    return this.line(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? exactly(each) : each)))
  }

  async flush(): Promise<void> {
    const text = this.#text
    this.#text = ''
    if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
  }
}

/** A number where JSON's readers have it exactly, else its digits. */
const exactly = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
