/** Cases of a script, in order, under the sentences that say what holds. */
export type Cases = Readonly<Record<string, () => unknown>>

/**
 * Runs the cases one after another, a line each, and ends the process; the last line is `N passed, N failed`. `standsAlone`:
 * a case goes on where an earlier one failed. `cleanUp` is called before the end in any case.
 */
export async function runCases(
  cases: Cases,
  { standsAlone = false, cleanUp }: { standsAlone?: boolean; cleanUp: () => void },
): Promise<never> {
  let passed = 0
  let failed = 0
  try {
    for (const [name, check] of Object.entries(cases)) {
      try {
        await check()
        passed++
        console.log(`ok   ${name}`)
      } catch (error) {
        failed++
        console.log(`FAIL ${name}\n${(error as Error).message}`)
        if (!standsAlone) break
      }
    }
  } finally {
    cleanUp()
  }
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}

export function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`${what}: not as expected`)
}
