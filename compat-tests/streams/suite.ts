import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { toolsOf } from '../apache-tools/tools.ts'
import { JavaServer } from '../support/java.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'
import { instanceCases, streamsSources } from './cases.ts'
import { streamsToolCases } from './tools.ts'
import { countWords, wordsSource } from './word-count.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return { client: 'streams', skipped: lookup.reason }
  const kafka = lookup.tool
  const server = await JavaServer.start(kafka, [wordsSource, ...streamsSources])
  return {
    client: 'streams',
    version: kafka.version,
    cases: [
      {
        name: 'exactly_once_v2: a word count that is killed, on a broker that is killed, counts each word once',
        timeoutMs: 150_000,
        run: (context) => countWords(kafka, server, context),
      },
      {
        name: 'group.protocol=streams: the same, in a group whose tasks the broker assigns (KIP-1071)',
        timeoutMs: 250_000,
        run: (context) => countWords(kafka, server, context, { protocol: 'streams' }),
      },
      ...instanceCases(server),
      ...streamsToolCases(kafka, server, toolsOf(kafka, server)),
    ],
    properties: {
      // A member that is killed keeps its tasks for a session.
      'group.streams.min.session.timeout.ms': '5000',
      'group.streams.session.timeout.ms': '8000',
      'group.streams.min.heartbeat.interval.ms': '500',
      'group.streams.heartbeat.interval.ms': '1000',
    },
    close: () => server.stop(),
  }
}
