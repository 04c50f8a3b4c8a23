import { setTimeout as delay } from 'node:timers/promises'

/** Asks again and again until the answer is neither false nor null; fails with `what` after the time. */
export async function eventually<T>(
  what: string,
  ask: () => T | false | null | undefined | Promise<T | false | null | undefined>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== false && answer !== null && answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
    await delay(20)
  }
}
