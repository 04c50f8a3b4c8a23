import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { posix } from 'node:path'
import type { Step } from './steps.ts'

/** One file more at a time than there are cores: some wait for processes and disks. */
const jobs = availableParallelism() + 1

/** All of them, whole, from their sources. */
export const unitTests: Step = {
  name: 'unit tests',
  command: ['npx', 'tap', 'run', `--jobs=${jobs}`, '--reporter=terse'],
  totals: 'tap',
}

/** The same for the inner loop: bundled, and with fewer repetitions. */
export const quickUnitTests: Step = {
  name: 'unit tests',
  command: [process.execPath, '--import=tsx', 'scripts/unit-tests.ts'],
  totals: 'line',
}

export const allTests = (): string[] => testFiles(['test'])

/**
 * The tests that start whole brokers again and again, or simulate them: half the time of all, and seldom the first to notice a
 * mistake. `make test` runs them always, and the inner loop those that have been changed since the last commit.
 */
const WHOLE_BROKERS =
  /^test\/(sim|start|testing|cluster|config\/effects)\/|^test\/(cli\/(?:main|brokers|records\/consume-in-group)|registry\/cluster|security\/(readme|broker))\.test\.ts$/

/** The tests of the inner loop whose names contain the text; with a text, those of whole brokers as well. */
export function innerLoopTests(only: string): string[] {
  if (only !== '') return allTests().filter((test) => test.includes(only))
  const changed = new Set(changedFiles())
  return allTests().filter((test) => !WHOLE_BROKERS.test(test) || changed.has(test))
}

/** Paths that differ from the last commit, or are not in it; none outside of a clone. */
function changedFiles(): string[] {
  const { stdout } = spawnSync('git', ['status', '--porcelain', '--untracked-files=all'], { encoding: 'utf8' })
  return (stdout ?? '').split('\n').map((line) => line.slice(3))
}

/** The tests whose outcome may depend on native modules: codecs, checksums, locks, workers, logs that compress. */
const PLATFORM_TESTS = ['test/protocol/records', 'test/env', 'test/log/append', 'test/log/cleaner', 'test/log/manager']
/** They cut a thread's work into crashes and have steps of their own. */
const LONG = /crash\.test\.ts$/

/** As on a platform for which no native module is published. */
export const withoutNatives: Step = {
  name: 'without natives',
  command: [
    'npx',
    'tap',
    'run',
    `--jobs=${jobs}`,
    '--reporter=terse',
    ...testFiles(PLATFORM_TESTS).filter((name) => !LONG.test(name)),
  ],
  env: { SAMSA_NO_NATIVE: '1' },
  totals: 'tap',
}

function testFiles(folders: readonly string[]): string[] {
  const names = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => posix.join(folder, name)),
  )
  return names.filter((name) => name.endsWith('.test.ts')).sort()
}
