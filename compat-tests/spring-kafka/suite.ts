import assert from 'node:assert/strict'
import { join } from 'node:path'
import { springKafka } from '../../scripts/toolchain/java-programs.ts'
import { JavaServer } from '../support/java.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'

/** The scenarios of `SpringCases.java`. */
const scenarios: readonly (readonly [name: string, scenario: string])[] = [
  ['an application that creates its topics and listens in three threads', 'listener'],
  ['requests and replies', 'requestReply'],
  ['dead letters after retries', 'deadLetters'],
  ['transactions around a listener, one of which fails', 'transactions'],
]

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await springKafka()
  if (!lookup.ok) return { client: 'spring-kafka', skipped: lookup.reason }
  const server = await JavaServer.forCases(lookup.tool, [join(import.meta.dirname, 'java/SpringCases.java')])
  return {
    client: 'spring-kafka',
    version: lookup.tool.version,
    cases: scenarios.map(([name, scenario]) => ({
      name,
      timeoutMs: 90_000,
      async run({ broker, unique }) {
        const { exitCode, stderr } = await server.run('SpringCases', [
          scenario,
          broker.bootstrapServers,
          unique('spring'),
        ])
        assert.equal(exitCode, 0, stderr)
      },
    })),
    close: () => server.stop(),
  }
}
