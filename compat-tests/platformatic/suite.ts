import { join } from 'node:path'
import { lastWords } from '../../scripts/toolchain/lookup.ts'
import { node } from '../../scripts/toolchain/node.ts'
import { npmPackage } from '../../scripts/toolchain/npm-package.ts'
import { ClientDriver } from '../support/driver.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'

const client = 'platformatic'
const version = '2.12.1'

/** The client asks for a newer Node than samsa does, so its cases run in a process of Node 24. */
export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await node(24)
  if (!lookup.ok) return { client, skipped: lookup.reason }
  let directory: string
  try {
    directory = await npmPackage('@platformatic/kafka', version)
  } catch (error) {
    return { client, skipped: `@platformatic/kafka could not be had from npm (${lastWords(error)})` }
  }
  const program = join(import.meta.dirname, 'main.ts')
  const driver = await ClientDriver.start(lookup.tool, [program, join(directory, 'dist/index.js'), version])
  return { client, version, cases: driver.cases(), close: () => driver.stop() }
}
