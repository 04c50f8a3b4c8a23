const KEPT_LINES = 400

/** Everything that happened, as a running 64-bit hash (two FNV-1a lanes) and the last lines in words. */
export class Trace {
  #low = 0x811c9dc5
  #high = 0xcbf29ce4
  #lines: string[] = []
  count = 0

  record(line: string): void {
    let low = this.#low
    let high = this.#high
    for (let i = 0; i < line.length; i++) {
      const code = line.charCodeAt(i)
      low = Math.imul(low ^ code, 0x01000193)
      high = Math.imul(high ^ code, 0x01000197)
    }
    // The end of a line counts too.
    this.#low = Math.imul(low ^ 10, 0x01000193)
    this.#high = Math.imul(high ^ 10, 0x01000197)
    this.#lines[this.count++ % KEPT_LINES] = line
  }

  get hash(): string {
    return [this.#high, this.#low].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
  }

  lastLines(count: number): string[] {
    const lines: string[] = []
    for (let i = Math.max(0, this.count - Math.min(count, KEPT_LINES)); i < this.count; i++) {
      lines.push(this.#lines[i % KEPT_LINES])
    }
    return lines
  }
}
