import { lastWords } from '../toolchain/lookup.ts'

/** The exit code of a build whose downloads cannot be had here (EX_UNAVAILABLE of sysexits.h): nothing is wrong with samsa. */
export const OUT_OF_REACH = 69

/** Resolves to the result of a download. One that fails ends the process with OUT_OF_REACH and one sentence. */
export async function fetched<T>(what: string, download: () => Promise<T>): Promise<T> {
  try {
    return await download()
  } catch (error) {
    console.error(`${what} cannot be had here: ${lastWords(error)}`)
    process.exit(OUT_OF_REACH)
  }
}
