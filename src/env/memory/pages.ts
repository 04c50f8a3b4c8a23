/**
 * The content of a file in memory, in pages that several files may share: a page belongs to the content that made it,
 * and any other one copies it before it writes to it. A copy of a file therefore costs a list of its pages.
 */
export const PAGE_BYTES = 64 * 1024
/** Small files are many: the first page of a file grows from here. */
const SMALLEST_PAGE_BYTES = 256

interface Page {
  /** Up to `PAGE_BYTES`; what is missing at its end is zeros. */
  readonly bytes: Buffer
  readonly owner: object
}

const NOBODY = {}

export class Pages {
  #pages: (Page | undefined)[] = []
  #sizeBytes = 0
  #owner = {}

  /** The bytes become pages as they are, and are never written to. */
  static of(bytes: Buffer): Pages {
    const pages = new Pages()
    for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
      pages.#pages.push({ bytes: bytes.subarray(at, at + PAGE_BYTES), owner: NOBODY })
    }
    pages.#sizeBytes = bytes.length
    return pages
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** The same content twice, from now on apart. */
  share(): Pages {
    const copy = new Pages()
    copy.#pages = this.#pages.slice()
    copy.#sizeBytes = this.#sizeBytes
    this.#owner = {}
    return copy
  }

  /** Resolves to the count, short only at the end of the content. */
  read(target: Buffer, targetOffset: number, length: number, position: number): number {
    const end = Math.min(position + length, this.#sizeBytes)
    for (let at = position; at < end; ) {
      const start = at % PAGE_BYTES
      const count = Math.min(end - at, PAGE_BYTES - start)
      const to = targetOffset + at - position
      const bytes = this.#pages[Math.floor(at / PAGE_BYTES)]?.bytes
      const copied = bytes !== undefined && start < bytes.length ? bytes.copy(target, to, start, start + count) : 0
      if (copied < count) target.fill(0, to + copied, to + count)
      at += count
    }
    return Math.max(0, end - position)
  }

  content(): Buffer {
    const content = Buffer.allocUnsafeSlow(this.#sizeBytes)
    this.read(content, 0, content.length, 0)
    return content
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      const at = position + done
      const start = at % PAGE_BYTES
      const count = Math.min(bytes.length - done, PAGE_BYTES - start)
      this.#own(Math.floor(at / PAGE_BYTES), start + count).set(bytes.subarray(done, done + count), start)
      done += count
    }
    if (bytes.length > 0) this.#sizeBytes = Math.max(this.#sizeBytes, position + bytes.length)
  }

  truncate(sizeBytes: number): void {
    if (sizeBytes < this.#sizeBytes) {
      this.#pages.length = Math.min(this.#pages.length, Math.ceil(sizeBytes / PAGE_BYTES))
      const start = sizeBytes % PAGE_BYTES
      const last = Math.floor(sizeBytes / PAGE_BYTES)
      // Bytes that are cut off read as zeros when the file grows again.
      if (start > 0 && this.#pages[last] !== undefined) this.#own(last, start).fill(0, start)
    }
    this.#sizeBytes = sizeBytes
  }

  /** The page to write to, with room for so many bytes. */
  #own(index: number, neededBytes: number): Buffer {
    const page = this.#pages[index]
    if (page !== undefined && page.owner === this.#owner && page.bytes.length >= neededBytes) return page.bytes
    const before = page?.bytes.length ?? 0
    const grown = neededBytes > before ? Math.max(neededBytes, before * 2, SMALLEST_PAGE_BYTES) : before
    const bytes = Buffer.allocUnsafeSlow(Math.min(PAGE_BYTES, grown))
    const kept = page?.bytes.copy(bytes) ?? 0
    bytes.fill(0, kept)
    this.#pages[index] = { bytes, owner: this.#owner }
    return bytes
  }
}
