import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { OUT_OF_REACH } from '../delivery/out-of-reach.ts'
import { freshBuild } from './fresh-build.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Runs the script that makes what a test then uses of dist/, which is built before where it is not fresh. Where its downloads
 * are out of reach the test ends here, skipped, with its sentence. Throws with what it said when it fails otherwise.
 */
export function buildOrSkip(script: string, ...args: readonly string[]): void {
  if (freshBuild() === null) run('scripts/build.ts')
  run(script, ...args)
}

function run(...words: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, ['--import=tsx', ...words], { cwd: root, encoding: 'utf8' })
  if (status === OUT_OF_REACH) {
    console.log(`skipped: ${stderr.trim().split('\n').at(-1)}\n0 passed, 0 failed, 1 skipped`)
    process.exit(0)
  }
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`)
}
