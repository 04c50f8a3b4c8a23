import type { Clock } from './index.ts'

/** Long work that never waits for anything lets the loop turn now and then. */
export function turn(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.defer(resolve))
}

/** Runs `work` on every item, at most `limit` at a time, and rejects with the first failure after all have ended. */
export async function runBounded<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const remaining = items.values()
  let failure: unknown
  let failed = false
  const worker = async () => {
    for (const item of remaining) {
      try {
        await work(item)
      } catch (error) {
        failure ??= error
        failed = true
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  if (failed) throw failure
}
