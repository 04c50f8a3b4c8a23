import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { OUT_OF_REACH } from '../delivery/out-of-reach.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Runs scripts of this project that build what a test then uses. Where their downloads are out of reach the test ends here,
 * skipped, with their sentence. Throws with what they said when they fail otherwise.
 */
export function buildOrSkip(...scripts: readonly (readonly string[])[]): void {
  for (const script of scripts) {
    const { status, stderr } = spawnSync(process.execPath, ['--import=tsx', ...script], { cwd: root, encoding: 'utf8' })
    if (status === OUT_OF_REACH) {
      console.log(`skipped: ${stderr.trim().split('\n').at(-1)}\n0 passed, 0 failed, 1 skipped`)
      process.exit(0)
    }
    if (status !== 0) throw new Error(`${script.join(' ')} ended with ${status}: ${stderr}`)
  }
}
