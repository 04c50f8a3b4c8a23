import { kafkaConnect } from '../../scripts/toolchain/java-programs.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'
import { fileCases } from './files.ts'
import { mirrorCases } from './mirror.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await kafkaConnect()
  if (!lookup.ok) return { client: 'connect', skipped: lookup.reason }
  return {
    client: 'connect',
    version: lookup.tool.version,
    cases: [...fileCases(lookup.tool), ...mirrorCases(lookup.tool)],
  }
}
