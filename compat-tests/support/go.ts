import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { go } from '../../scripts/toolchain/go.ts'
import { cacheDirectory, capture, lastWords } from '../../scripts/toolchain/lookup.ts'
import { ClientDriver } from './driver.ts'
import type { SkippedSuite, Suite } from './suite.ts'

const moduleDirectory = join(import.meta.dirname, '..')

/** A suite whose cases are those of a driver in Go: the package of that folder in the module of compat-tests; `env` is added to its environment. */
export async function goSuite(
  client: string,
  rest: Partial<Pick<Suite, 'knownFailures' | 'properties'>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Suite | SkippedSuite> {
  const lookup = await go()
  if (!lookup.ok) return { client, skipped: lookup.reason }
  const path = join(cacheDirectory, 'go-drivers', client)
  try {
    await mkdir(join(path, '..'), { recursive: true })
    // Go's own cache knows what has changed; the linker's symbols are for debuggers.
    const build = ['build', '-ldflags=-s -w', '-o', path, `./${client}`]
    await capture(lookup.tool.path, build, { cwd: moduleDirectory, env: lookup.tool.env })
  } catch (error) {
    return { client, skipped: `its driver could not be built (${lastWords(error)})` }
  }
  const driver = await ClientDriver.start({ version: '', path, env })
  return { client, version: driver.version, cases: driver.cases(), close: () => driver.stop(), ...rest }
}
