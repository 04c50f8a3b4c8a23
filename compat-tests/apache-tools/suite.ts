import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { JavaServer } from '../support/java.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'
import { clusterCases } from './cluster.ts'
import { configCases } from './configs.ts'
import { consoleCases } from './console.ts'
import { groupCases } from './groups.ts'
import { otherCases } from './others.ts'
import { toolsOf } from './tools.ts'
import { topicCases } from './topics.ts'
import { transactionCases } from './transactions.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return { client: 'apache-tools', skipped: lookup.reason }
  const server = await JavaServer.start(lookup.tool)
  const tools = toolsOf(lookup.tool, server)
  return {
    client: 'apache-tools',
    version: lookup.tool.version,
    cases: [topicCases, consoleCases, groupCases, configCases, otherCases, clusterCases, transactionCases].flatMap(
      (cases) => cases(tools),
    ),
    close: () => server.stop(),
  }
}
