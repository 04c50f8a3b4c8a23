/**
 * The unit tests for the inner loop. SAMSA_QUICK=1 is set for them: tests that repeat themselves with other seeds do so less
 * often, and tests of whole brokers are left out unless they were changed. `make test` runs all of them whole, from their
 * sources.
 *
 * ONLY=log/cleaner runs those with that in their names. SLOWEST=10 names those that took longest. The last line is
 * `N passed, N failed[, N skipped]`.
 */
import { printTotals, runTests } from './support/run-tests.ts'
import { innerLoopTests } from './support/unit-tests.ts'

const tests = innerLoopTests(process.env.ONLY ?? '')
const runs = await runTests({ tests, name: 'unit-tests', program: process.execPath, env: { SAMSA_QUICK: '1' } })
const slowest = [...runs].sort((a, b) => b.durationMs - a.durationMs).slice(0, Number(process.env.SLOWEST ?? 0))
for (const { test, durationMs } of slowest) console.log(`  ${(durationMs / 1000).toFixed(1).padStart(6)} s  ${test}`)
process.exit(printTotals(runs) ? 0 : 1)
