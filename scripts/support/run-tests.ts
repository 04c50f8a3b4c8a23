/**
 * Runs test files as JavaScript: bundled once (`test-bundle.ts`), a process a file, as many at a time as there are cores, the
 * longest of the last run first.
 */
import { spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { bundle } from './bundle.ts'
import { sourcePositions } from './source-positions.ts'
import { add, phrase, type Totals, tapTotals } from './steps.ts'
import { bundleTests } from './test-bundle.ts'

/** Packages are looked for above it, and `make clean` removes it. */
const CACHE = 'node_modules/.cache'
/** A test that hangs has a deadline of its own or ends here: a busy machine must not end one that works. */
const LONGEST_MS = 300_000

export interface TestRuns {
  readonly tests: readonly string[]
  /** The folder of this kind of run in the cache: its bundles, and what the last one took. */
  readonly name: string
  /** The Node that runs them. */
  readonly program: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Run {
  readonly test: string
  readonly durationMs: number
  readonly totals: Totals
  readonly code: number | null
  readonly output: string
}

/** Tells of each file that fails, and resolves to all. */
export async function runTests({ tests, name, program, env = {} }: TestRuns): Promise<readonly Run[]> {
  const folder = `${CACHE}/${name}`
  // The command as users have it, which tests run as a process.
  const command = `${folder}-command`
  const durationsFile = `${folder}-durations.json`
  const durations = readDurations(durationsFile)
  rmSync(command, { recursive: true, force: true })
  await Promise.all([bundleTests(tests, folder), bundle(command)])

  /** One that is new may be long. */
  const lastMs = (test: string) => durations[test] ?? Number.POSITIVE_INFINITY
  const waiting = [...tests].sort((a, b) => lastMs(b) - lastMs(a))
  const environment = { ...env, SAMSA_TEST_COMMAND: resolve(command), TAP_TIMEOUT: String(LONGEST_MS / 1000) }
  const runs: Run[] = []
  const runThoseThatWait = async (): Promise<void> => {
    for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
      const done = await run(program, folder, test, environment)
      durations[test] = done.durationMs
      runs.push(done)
      if (done.totals.failed > 0) tellFailure(done, folder)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, runThoseThatWait))
  writeFileSync(durationsFile, JSON.stringify(durations))
  return runs
}

function run(program: string, folder: string, test: string, env: Readonly<Record<string, string>>): Promise<Run> {
  const startedMs = Date.now()
  const child = spawn(program, [`${folder}/${test.replace(/\.ts$/, '.js')}`], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  child.stderr.on('data', (chunk) => chunks.push(chunk))
  return new Promise((done) => {
    child.on('close', (code) => {
      const output = Buffer.concat(chunks).toString()
      const totals = tapTotals(output) ?? { passed: 0, failed: 1, skipped: 0 }
      if (code !== 0) totals.failed = Math.max(1, totals.failed)
      done({ test, durationMs: Date.now() - startedMs, totals, code, output })
    })
  })
}

/** The assertions that failed with what TAP says of each, or else the end of what was printed. */
function tellFailure({ test, code, ...run }: Run, folder: string): void {
  console.log(`FAIL ${test} (node --import=tsx ${test})`)
  const output = sourcePositions(run.output, folder)
  const failures = output.match(/^( *)not ok .*\n(?:\1 {2}---\n(?:\1 {2}.*\n|\n)*?\1 {2}\.\.\.)?/gm) ?? []
  const leaves = failures.filter((text) => text.includes('\n'))
  if (leaves.length > 0) console.log(leaves.slice(0, 10).map(withoutLongLines).join('\n'))
  else console.log(`exit code ${code}; the last of its output:\n${output.split('\n').slice(-40).join('\n')}`)
}

const LONGEST_LINE = 1_000

/** A difference of megabytes hides what else has failed. */
const withoutLongLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line))
    .join('\n')

function readDurations(file: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {}
  }
}

/** `N passed, N failed[, N skipped]`, as the steps of a test read it; whether nothing failed. */
export function printTotals(runs: readonly Run[]): boolean {
  const sum: Totals = { passed: 0, failed: 0, skipped: 0 }
  for (const { totals } of runs) add(sum, totals)
  console.log(phrase(sum))
  return sum.failed === 0 && runs.length > 0
}
