import type { Assignment, IntegrationRun, Outcome } from './run.ts'
import { assignments } from './run.ts'
import { methodOf } from './tests.ts'

export interface WantedTest {
  name: string
  className: string
}

interface Awaited {
  outcome: Promise<Outcome>
  resolve(outcome: Outcome): void
}

/**
 * Runs the classes of the wanted tests, some at a time, in order, and tells of each test how it ended. A test that fails
 * is run once more, as in Apache's own build: many of them give the broker a fixed time.
 */
export class Schedule {
  readonly #run: IntegrationRun
  readonly #awaited: Map<string, Awaited>
  readonly #queue: Assignment[]
  readonly #workers: Promise<unknown>

  constructor(run: IntegrationRun, wanted: readonly WantedTest[], slots: number) {
    this.#run = run
    this.#awaited = new Map(wanted.map(({ name }) => [name, awaited()]))
    this.#queue = assignments(wanted)
    this.#workers = Promise.all(Array.from({ length: slots }, () => this.#work()))
  }

  outcome(name: string): Promise<Outcome> {
    return this.#awaited.get(name)!.outcome
  }

  /** Begins no other class; resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#queue.length = 0
    await this.#workers
  }

  async #work(): Promise<void> {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) await this.#runClass(next)
  }

  async #runClass(assignment: Assignment): Promise<void> {
    const methods = new Set(assignment.methods)
    const open = new Set([...this.#awaited.keys()].filter((name) => methods.has(methodOf(name))))
    await this.#attempt(assignment, open, false)
    if (open.size === 0) return
    await this.#attempt({ ...assignment, methods: [...new Set([...open].map(methodOf))] }, open, true)
  }

  /** Takes the tests whose outcome is settled out of `open`; all of them are at the last attempt. */
  async #attempt(assignment: Assignment, open: Set<string>, isLast: boolean): Promise<void> {
    const settle = (outcome: Outcome) => {
      const name = awaitedName(outcome.name, open)
      if (open.delete(name)) this.#awaited.get(name)?.resolve(outcome)
    }
    let reason = 'it did not run'
    const hear = (outcome: Outcome) => {
      if (isLast || outcome.verdict === 'passed') settle(outcome)
    }
    await this.#run.run(assignment, hear).catch((error: Error) => (reason = error.message))
    if (!isLast) return
    for (const name of [...open]) settle({ name, verdict: 'failed', milliseconds: 0, reason })
  }
}

function awaited(): Awaited {
  let resolve: Awaited['resolve'] = () => {}
  const outcome = new Promise<Outcome>((settle) => (resolve = settle))
  return { outcome, resolve }
}

/** Either of two clusters that are alike may come first, so the number of a method's only invocation is chance. */
function awaitedName(name: string, open: ReadonlySet<string>): string {
  if (open.has(name)) return name
  const [only, ...others] = [...open].filter((one) => methodOf(one) === methodOf(name))
  return only !== undefined && others.length === 0 ? only : name
}
