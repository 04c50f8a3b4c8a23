import { availableParallelism } from 'node:os'
import type { Step } from './steps.ts'

/** One file more at a time than there are cores: some wait for processes and disks. */
const jobs = availableParallelism() + 1

export const unitTests: Step = {
  name: 'unit tests',
  command: ['npx', 'tap', 'run', `--jobs=${jobs}`, '--reporter=terse'],
  totals: 'tap',
}
