import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { toolsOf } from '../apache-tools/tools.ts'
import { JavaServer } from '../support/java.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'
import { consumerCases, shareSources } from './cases.ts'
import { shareToolCases } from './tools.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return { client: 'java-share', skipped: lookup.reason }
  const server = await JavaServer.start(lookup.tool, shareSources)
  return {
    client: 'java-share',
    version: lookup.tool.version,
    cases: [...consumerCases(server), ...shareToolCases(toolsOf(lookup.tool, server))],
    properties: {
      // Locks that end while a case waits for it.
      'group.share.min.record.lock.duration.ms': '1000',
      'group.share.record.lock.duration.ms': '3000',
      'group.share.min.heartbeat.interval.ms': '300',
      'group.share.heartbeat.interval.ms': '300',
    },
    close: () => server.stop(),
  }
}
