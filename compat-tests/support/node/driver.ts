/** Runs cases by name for support/driver.ts, which says how the two talk: lines of JSON on standard input and output. */
import { createInterface } from 'node:readline'

/** The context of a case: a broker that runs, and names nobody else uses. */
export interface DriverContext {
  bootstrapServers: string
  unique(word: string): string
  /** Runs when the case ends, whatever its end; last registered first. */
  after(cleanUp: () => unknown): void
  /** SIGKILL and a new start on the same data; resolves when the broker answers again. */
  restartBroker(): Promise<void>
}

/** A case fails by throwing. */
export interface DriverCase {
  name: string
  timeoutMs?: number
  run(context: DriverContext): Promise<void>
}

/** Greets, and runs what it is told until its input ends. */
export async function serve(version: string, cases: readonly DriverCase[]): Promise<void> {
  const lines = createInterface({ input: process.stdin })
  const input = lines[Symbol.asyncIterator]()
  // A client may fail after the case that used it; the next case is to run all the same.
  process.on('uncaughtException', (error) => console.error(error))
  say({ version, cases: cases.map(({ name, timeoutMs }) => ({ name, timeoutMs })) })
  for (let line = await input.next(); !line.done; line = await input.next()) {
    const { run, bootstrapServers, unique } = JSON.parse(line.value)
    const one = cases.find(({ name }) => name === run)
    const restartBroker = async () => {
      say({ restart: true })
      await input.next()
    }
    say({ ended: run, error: one ? await outcome(one, { bootstrapServers, restartBroker }, unique) : 'no such case' })
  }
  // Clients that hang keep their timers and sockets.
  process.exit()
}

/** Resolves to what went wrong in a case, or to null. */
async function outcome(
  one: DriverCase,
  context: Pick<DriverContext, 'bootstrapServers' | 'restartBroker'>,
  prefix: string,
): Promise<string | null> {
  const cleanUps: (() => unknown)[] = []
  let count = 0
  try {
    await one.run({
      ...context,
      unique: (word) => `${word}-${prefix}-${++count}`,
      after: (cleanUp) => cleanUps.unshift(cleanUp),
    })
    return null
  } catch (error) {
    return describe(error)
  } finally {
    for (const cleanUp of cleanUps) await Promise.resolve().then(cleanUp).catch(console.error)
  }
}

/** An error with its causes, each with its kind, and the line of the case. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const place = error.stack?.split('\n').find((line) => line.includes('compat-tests/') && !line.includes('/support/'))
  const errors: unknown[] = error instanceof AggregateError ? error.errors : []
  const causes = [error.cause, ...errors].filter((one) => one instanceof Error).map(describe)
  return [`${error.name}: ${error.message}`, ...(place ? [place.trim()] : []), ...causes].join('\n')
}

const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`)
