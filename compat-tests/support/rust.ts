import { join } from 'node:path'
import { cargo } from '../../scripts/toolchain/cargo.ts'
import { cacheDirectory, capture } from '../../scripts/toolchain/lookup.ts'
import { ClientDriver } from './driver.ts'
import type { SkippedSuite, Suite } from './suite.ts'

const workspaceDirectory = join(import.meta.dirname, '..')

/** A suite whose cases are those of a driver in Rust: the package `client`-driver in the workspace of compat-tests. */
export async function rustSuite(
  client: string,
  rest: Partial<Pick<Suite, 'knownFailures' | 'properties'>> = {},
): Promise<Suite | SkippedSuite> {
  const lookup = await cargo()
  if (!lookup.ok) return { client, skipped: lookup.reason }
  const target = join(cacheDirectory, 'rust-drivers')
  const program = `${client}-driver`
  try {
    // Cargo itself knows what has changed; the lock file is the one that was committed.
    await capture(lookup.tool.path, ['build', '--quiet', '--locked', '--package', program], {
      cwd: workspaceDirectory,
      env: { CARGO_TARGET_DIR: target },
    })
  } catch (error) {
    return { client, skipped: `its driver could not be built (${firstError(error)})` }
  }
  const driver = await ClientDriver.start({ version: '', path: join(target, 'debug', program), env: {} })
  return { client, version: driver.version, cases: driver.cases(), close: () => driver.stop(), ...rest }
}

/** Compilers say first what matters; what comes last is that there was an error. */
function firstError(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string }
  const lines = (stderr || message).split('\n').map((line) => line.trim())
  return lines.find((line) => /error\b/.test(line)) ?? message
}
