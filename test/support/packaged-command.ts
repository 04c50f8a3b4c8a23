import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from '../../scripts/support/bundle.ts'

/**
 * Puts the command into `folder` as users have it, and resolves to its main script. The inner loop has bundled it once for
 * all tests: that one is taken, or a copy of it (`isOwn`) by a test that looks at its files.
 */
export async function packagedCommand(folder: string, { isOwn = false } = {}): Promise<string> {
  const bundled = process.env.SAMSA_TEST_COMMAND
  if (bundled !== undefined && !isOwn) return join(bundled, 'main.cjs')
  if (bundled === undefined) await bundle(folder)
  else cpSync(bundled, folder, { recursive: true, filter: (from) => !from.endsWith('.code-cache') })
  return join(folder, 'main.cjs')
}
