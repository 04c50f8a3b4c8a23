import type { World } from './world.ts'

/** Runs until it ends. In a process of its own a rejection that nobody handles would have ended the broker: it ends the run. */
export async function withoutUnhandled<T>(world: World, run: () => Promise<T>): Promise<T> {
  const unhandled = (error: unknown) => world.fail(error)
  process.on('unhandledRejection', unhandled)
  try {
    return await run()
  } finally {
    process.off('unhandledRejection', unhandled)
  }
}
