import { join } from 'node:path'
import { lastWords } from '../../scripts/toolchain/lookup.ts'
import { compiledNpmPackage } from '../../scripts/toolchain/npm-package.ts'
import { ClientDriver } from '../support/driver.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'

const client = 'node-rdkafka'
const version = '3.6.1'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  let directory: string
  try {
    directory = await compiledNpmPackage(client, version)
  } catch (error) {
    return { client, skipped: `its package has no binary and could not be compiled (${lastWords(error)})` }
  }
  const node = { version: process.versions.node, path: process.execPath, env: {} }
  const program = join(import.meta.dirname, 'main.ts')
  const driver = await ClientDriver.start(node, ['--import=tsx', program, directory, version])
  return {
    client,
    version: driver.version,
    cases: driver.cases(),
    close: () => driver.stop(),
    // A member of the consumer protocol hears of its partitions with its next heartbeat, which is 5 s away by default.
    properties: { 'group.consumer.min.heartbeat.interval.ms': '200', 'group.consumer.heartbeat.interval.ms': '500' },
  }
}
