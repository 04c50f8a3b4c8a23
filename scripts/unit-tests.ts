/**
 * The unit tests for the inner loop: bundled once (`support/test-bundle.ts`), a process a file, as many at a time as there
 * are cores, the longest of the last run first. SAMSA_QUICK=1 is set for them: tests that repeat themselves with other
 * seeds do so less often, and tests of whole brokers are left out unless they were changed. `make test` runs all of them
 * whole, from their sources.
 *
 * ONLY=log/cleaner runs those with that in their names. SLOWEST=10 names those that took longest. The last line is
 * `N passed, N failed[, N skipped]`.
 */
import { spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { bundle } from './support/bundle.ts'
import { sourcePositions } from './support/source-positions.ts'
import { tapTotals } from './support/steps.ts'
import { bundleTests } from './support/test-bundle.ts'
import { innerLoopTests } from './support/unit-tests.ts'

/** Packages are looked for above it, and `make clean` removes it. */
const FOLDER = 'node_modules/.cache/unit-tests'
/** The command as users have it, which tests run as a process. */
const COMMAND = 'node_modules/.cache/unit-tests-command'
const DURATIONS = 'node_modules/.cache/unit-test-durations.json'
/** A test that hangs has a deadline of its own or ends here: a busy machine must not end one that works. */
const LONGEST_MS = 300_000

const ENVIRONMENT = {
  SAMSA_QUICK: '1',
  SAMSA_TEST_COMMAND: resolve(COMMAND),
  TAP_TIMEOUT: String(LONGEST_MS / 1000),
}

interface Run {
  readonly test: string
  readonly durationMs: number
  readonly code: number | null
  readonly output: string
}

const only = process.env.ONLY ?? ''
const tests = innerLoopTests(only)
const durations = readDurations()
await Promise.all([bundleTests(tests, FOLDER), bundleCommand()])

/** One that is new may be long. */
const lastMs = (test: string) => durations[test] ?? Number.POSITIVE_INFINITY
const waiting = [...tests].sort((a, b) => lastMs(b) - lastMs(a))
const runs: Run[] = []
await Promise.all(Array.from({ length: availableParallelism() }, runThoseThatWait))
writeFileSync(DURATIONS, JSON.stringify(durations))

const sum = { passed: 0, failed: 0, skipped: 0 }
for (const run of runs) {
  const totals = tapTotals(run.output) ?? { passed: 0, failed: 1, skipped: 0 }
  const failed = run.code === 0 ? totals.failed : Math.max(1, totals.failed)
  sum.passed += totals.passed
  sum.failed += failed
  sum.skipped += totals.skipped
  if (failed > 0) tellFailure(run)
}
const slowest = [...runs].sort((a, b) => b.durationMs - a.durationMs).slice(0, Number(process.env.SLOWEST ?? 0))
for (const { test, durationMs } of slowest) console.log(`  ${(durationMs / 1000).toFixed(1).padStart(6)} s  ${test}`)
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`)
process.exit(sum.failed === 0 && runs.length > 0 ? 0 : 1)

async function bundleCommand(): Promise<void> {
  rmSync(COMMAND, { recursive: true, force: true })
  await bundle(COMMAND)
}

async function runThoseThatWait(): Promise<void> {
  for (let test = waiting.shift(); test !== undefined; test = waiting.shift()) {
    const done = await run(test)
    durations[test] = done.durationMs
    runs.push(done)
  }
}

function run(test: string): Promise<Run> {
  const startedMs = Date.now()
  const script = `${FOLDER}/${test.replace(/\.ts$/, '.js')}`
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, ...ENVIRONMENT },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  child.stderr.on('data', (chunk) => chunks.push(chunk))
  return new Promise((done) => {
    child.on('close', (code) => {
      done({ test, durationMs: Date.now() - startedMs, code, output: Buffer.concat(chunks).toString() })
    })
  })
}

/** The assertions that failed with what TAP says of each, or else the end of what was printed. */
function tellFailure({ test, code, ...run }: Run): void {
  console.log(`FAIL ${test} (node --import=tsx ${test})`)
  const output = sourcePositions(run.output, FOLDER)
  const failures = output.match(/^( *)not ok .*\n(?:\1 {2}---\n(?:\1 {2}.*\n|\n)*?\1 {2}\.\.\.)?/gm) ?? []
  const leaves = failures.filter((text) => text.includes('\n'))
  if (leaves.length > 0) console.log(leaves.slice(0, 10).join('\n'))
  else console.log(`exit code ${code}; the last of its output:\n${output.split('\n').slice(-40).join('\n')}`)
}

function readDurations(): Record<string, number> {
  try {
    return JSON.parse(readFileSync(DURATIONS, 'utf8'))
  } catch {
    return {}
  }
}
