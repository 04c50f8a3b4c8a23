/** Counts what passed and failed, by kind of vector, and keeps the first failures for people to look at. */
export class Report {
  private readonly counts = new Map<string, { passed: number; failed: number }>()
  /** One line for each failure, in the order they were found. */
  readonly failures: string[] = []

  /** Runs one check: it passes if it does not throw. */
  check(kind: string, name: string, body: () => void): void {
    let problem: unknown
    try {
      body()
    } catch (error) {
      problem = error
    }
    this.record(kind, name, problem)
  }

  async checkAsync(kind: string, name: string, body: () => Promise<void>): Promise<void> {
    let problem: unknown
    try {
      await body()
    } catch (error) {
      problem = error
    }
    this.record(kind, name, problem)
  }

  get passed(): number {
    let passed = 0
    for (const count of this.counts.values()) passed += count.passed
    return passed
  }

  get failed(): number {
    return this.failures.length
  }

  /** The failures (at most `limit`), then one aligned line a kind, then the totals. */
  print(limit = 20): void {
    for (const failure of this.failures.slice(0, limit)) console.log(failure)
    if (this.failures.length > limit) console.log(`… and ${this.failures.length - limit} more`)
    const width = Math.max(4, ...[...this.counts.keys()].map((kind) => kind.length))
    console.log(`${'kind'.padEnd(width)}  passed  failed`)
    for (const [kind, count] of this.counts) {
      console.log(`${kind.padEnd(width)}  ${String(count.passed).padStart(6)}  ${String(count.failed).padStart(6)}`)
    }
    console.log(`${this.passed} passed, ${this.failed} failed`)
  }

  private record(kind: string, name: string, problem: unknown): void {
    let count = this.counts.get(kind)
    if (count === undefined) this.counts.set(kind, (count = { passed: 0, failed: 0 }))
    if (problem === undefined) {
      count.passed++
      return
    }
    count.failed++
    this.failures.push(`FAILED ${kind} ${name}: ${problem instanceof Error ? problem.message : String(problem)}`)
  }
}
