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
