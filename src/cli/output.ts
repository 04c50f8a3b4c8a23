import { once } from 'node:events'

const FLUSH_LENGTH = 64 * 1024

/**
 * Standard output for much text: collected into large writes, and no more of it in memory than the reader of a pipe
 * leaves waiting. A reader that goes away, as `head` does, ends the process without a word.
 */
export class Output {
  #text = ''
  /** Pieces before the text, of which some are no text. */
  #pieces: Buffer[] = []
  #pieceBytes = 0

  constructor() {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0)
      throw error
    })
  }

  /** Await what it returns before writing more, unless that is null. */
  line(text: string): Promise<void> | null {
    return this.text(`${text}\n`)
  }

  /** As `line`, without its end. */
  text(text: string): Promise<void> | null {
    this.#text += text
    return this.#isFull ? this.flush() : null
  }

  /** As `line`: bytes that need not be text. */
  bytes(bytes: Buffer): Promise<void> | null {
    if (this.#text !== '') this.#keep(Buffer.from(this.#text))
    this.#text = ''
    this.#keep(bytes)
    return this.#isFull ? this.flush() : null
  }

  json(value: unknown): Promise<void> | null {
    return this.line(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? exactly(each) : each)))
  }

  async flush(): Promise<void> {
    const text = this.#text
    const all = this.#pieces.length === 0 ? text : Buffer.concat([...this.#pieces, Buffer.from(text)])
    this.#text = ''
    this.#pieces = []
    this.#pieceBytes = 0
    if (all.length > 0 && !process.stdout.write(all)) await once(process.stdout, 'drain')
  }

  get #isFull(): boolean {
    return this.#text.length + this.#pieceBytes >= FLUSH_LENGTH
  }

  #keep(bytes: Buffer): void {
    this.#pieces.push(bytes)
    this.#pieceBytes += bytes.length
  }
}

/** A number where JSON's readers have it exactly, else its digits. */
const exactly = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
