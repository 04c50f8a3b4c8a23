import { join } from 'node:path'
import type { Lookup } from '../../scripts/toolchain/lookup.ts'
import type { Python } from '../../scripts/toolchain/python.ts'
import { python } from '../../scripts/toolchain/python.ts'
import { ClientDriver } from './driver.ts'
import type { SkippedSuite, Suite } from './suite.ts'

/** A suite whose cases are those of a driver in Python; `env` is added to its environment. */
export async function pythonSuite(
  client: string,
  program: string,
  rest: Partial<Pick<Suite, 'knownFailures' | 'properties'>> = {},
  look: () => Promise<Lookup<Python>> = python,
  more: Readonly<Record<string, string>> = {},
): Promise<Suite | SkippedSuite> {
  const lookup = await look()
  if (!lookup.ok) return { client, skipped: lookup.reason }
  const env = { PYTHONPATH: join(import.meta.dirname, 'python'), PYTHONDONTWRITEBYTECODE: '1', ...more }
  const driver = await ClientDriver.start({ ...lookup.tool, env }, [program])
  return { client, version: driver.version, cases: driver.cases(), close: () => driver.stop(), ...rest }
}
