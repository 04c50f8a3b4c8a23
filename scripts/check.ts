/** `make check`: the inner loop. Runs each check, prints one aligned line a check, and the output of those that fail. */
import { runSteps, type Step } from './support/steps.ts'
import { quickUnitTests } from './support/unit-tests.ts'

/** Unit tests wait now and then for processes and disks: the checks beside them have the time meanwhile. */
const steps: Step[] = [
  quickUnitTests,
  { name: 'types', command: ['npx', 'tsc'] },
  { name: 'indexed access', command: ['npx', 'tsc', '-p', 'tsconfig.source.json'] },
  { name: 'types of the page', command: ['npx', 'tsc', '-p', 'ui'] },
  { name: 'lint', command: ['npx', 'biome', 'check', '.'] },
  { name: 'imports', command: [process.execPath, '--import=tsx', 'scripts/check-imports.ts'] },
  { name: 'sizes', command: [process.execPath, '--import=tsx', 'scripts/check-size.ts'] },
  { name: 'unused files', command: [process.execPath, '--import=tsx', 'scripts/check-unused.ts'] },
  { name: 'architecture', command: [process.execPath, '--import=tsx', 'scripts/check-architecture.ts'] },
  { name: 'words', command: [process.execPath, '--import=tsx', 'scripts/check-words.ts'] },
]

process.exit((await runSteps(steps, 2)) ? 0 : 1)
