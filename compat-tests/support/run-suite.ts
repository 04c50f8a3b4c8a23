import type { BrokerProcess } from './broker.ts'
import type { Case, CaseContext, Suite } from './suite.ts'

export type Verdict = 'passed' | 'failed' | 'known failure' | 'skipped'

export interface CaseResult {
  name: string
  verdict: Verdict
  milliseconds: number
  smoke?: boolean
  /** The failure, or why the case is known to fail or was skipped. */
  reason?: string
}

export interface RunOptions {
  smoke: boolean
  /** Runs only cases whose name contains this. */
  only?: string
  report(result: CaseResult): void
}

const defaultTimeoutMs = 60_000
const longestReasonLines = 15
let counter = 0

/** Runs the cases one after another against a broker that is up; a broker that dies is a failure and comes back. */
export async function runSuite(suite: Suite, broker: BrokerProcess, options: RunOptions): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  const selected = suite.cases.filter(
    (one) =>
      !(options.only && !one.name.includes(options.only)) &&
      !(options.smoke && !one.smoke) &&
      !(one.only && one.only !== broker.product),
  )
  if (selected.length > 0) await suite.begin?.(selected, broker)
  for (const one of selected) {
    const result = await runCase(one, suite, broker)
    options.report(result)
    results.push(result)
  }
  return results
}

async function runCase(one: Case, suite: Suite, broker: BrokerProcess): Promise<CaseResult> {
  const started = performance.now()
  const cleanUps: (() => unknown)[] = []
  const context: CaseContext = {
    broker,
    unique: (word) => `${word}-${process.pid}-${++counter}`,
    after: (cleanUp) => cleanUps.unshift(cleanUp),
  }
  const failure = await withTimeout(one.run(context), one.timeoutMs ?? defaultTimeoutMs)
  for (const cleanUp of cleanUps) await withTimeout(Promise.resolve().then(cleanUp), 15_000)
  const death = await reviveBroker(broker)
  const milliseconds = Math.round(performance.now() - started)
  return { name: one.name, smoke: one.smoke, milliseconds, ...judge(one, suite, broker, death ?? failure) }
}

function judge(
  one: Case,
  suite: Suite,
  broker: BrokerProcess,
  failure: string | null,
): { verdict: Verdict; reason?: string } {
  const known = broker.product === 'samsa' ? suite.knownFailures?.[one.name] : undefined
  if (failure === null) {
    if (known === undefined) return { verdict: 'passed' }
    return { verdict: 'failed', reason: 'it passes now: take it off the list of known failures' }
  }
  return known === undefined ? { verdict: 'failed', reason: failure } : { verdict: 'known failure', reason: known }
}

/** Answers what went wrong, or null; a case that hangs is left behind. */
async function withTimeout(work: Promise<unknown>, timeoutMs: number): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no end after ${timeoutMs} ms`), timeoutMs)
  })
  const outcome = work.then(
    () => null,
    (error: unknown) => describe(error),
  )
  try {
    return await Promise.race([outcome, timeout])
  } finally {
    clearTimeout(timer)
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const place = error.stack?.split('\n').find((line) => line.includes('compat-tests/') && !line.includes('/support/'))
  const message = error.message.trim().split('\n').slice(0, longestReasonLines).join('\n')
  return `${error.name}: ${message}${place ? `\n${place}` : ''}`
}

async function reviveBroker(broker: BrokerProcess): Promise<string | null> {
  if (broker.isRunning) return null
  const words = await broker.logTail(10)
  await broker.start()
  return `the broker ended; its log ends with\n${words}`
}
