import assert from 'node:assert/strict'
import { join } from 'node:path'
import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { JavaServer } from '../support/java.ts'
import type { Case, SkippedSuite, Suite } from '../support/suite.ts'

/** The scenarios of `Transactions.java`, each with topics and transactional ids of its own. */
const scenarios: readonly (Pick<Case, 'name' | 'smoke'> & { scenario: string })[] = [
  { name: 'commits and aborts', scenario: 'commit-abort', smoke: true },
  { name: 'consume, transform, produce', scenario: 'offsets', smoke: true },
  { name: 'a second producer fences the first', scenario: 'fencing' },
  { name: 'describe, list and fence', scenario: 'admin' },
  { name: 'an open transaction times out', scenario: 'timeout' },
]

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return { client: 'java-transactions', skipped: lookup.reason }
  const server = await JavaServer.start(lookup.tool, [join(import.meta.dirname, 'java/Transactions.java')])
  return {
    client: 'java-transactions',
    version: lookup.tool.version,
    properties: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000' },
    cases: scenarios.map(({ name, smoke, scenario }) => ({
      name,
      smoke,
      async run({ broker, unique }) {
        const result = await server.run('Transactions', [broker.bootstrapServers, scenario, unique(scenario)])
        assert.equal(result.exitCode, 0, `${result.stdout}${result.stderr}`)
      },
    })),
    close: () => server.stop(),
  }
}
