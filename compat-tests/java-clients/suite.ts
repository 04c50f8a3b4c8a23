import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { JavaServer } from '../support/java.ts'
import type { Case, CaseContext, SkippedSuite, Suite } from '../support/suite.ts'

const sources = join(import.meta.dirname, 'java')

/** Name of the case, class and method in Java, and whether it is in the small part. */
const javaCases: readonly [string, string, string, 'smoke'?][] = [
  ['producer: all codecs', 'ProducerCases', 'codecs', 'smoke'],
  ['producer: topics that compress anew', 'ProducerCases', 'recompression'],
  ['producer: acks 0, 1 and all', 'ProducerCases', 'acks', 'smoke'],
  ['producer: headers, nulls and timestamps', 'ProducerCases', 'contents', 'smoke'],
  ['producer: idempotent, many small batches in flight', 'ProducerCases', 'idempotent', 'smoke'],
  ['producer: transactions', 'ProducerCases', 'transactions'],
  ['producer: refusals', 'ProducerCases', 'refusals'],
  ['consumer: positions, times and ranges', 'ConsumerCases', 'positions', 'smoke'],
  ['consumer: commits', 'ConsumerCases', 'commits', 'smoke'],
  ['consumer: rebalances with every assignor', 'ConsumerCases', 'rebalances', 'smoke'],
  ['consumer: static members and fencing', 'ConsumerCases', 'staticMembers'],
  ['consumer: pattern, pause and resume', 'ConsumerCases', 'patternAndPause'],
  ['consumer: automatic commit', 'ConsumerCases', 'autoCommit'],
  ['consumer: the new group protocol', 'ConsumerCases', 'consumerProtocol'],
  ['admin: topics by name and by id', 'AdminCases', 'topics', 'smoke'],
  ['admin: configs of topics and brokers', 'AdminCases', 'configs', 'smoke'],
  ['admin: offsets', 'AdminCases', 'offsets', 'smoke'],
  ['admin: delete records', 'AdminCases', 'deleteRecords'],
  ['admin: groups', 'AdminCases', 'groups', 'smoke'],
  ['admin: cluster and features', 'AdminCases', 'cluster', 'smoke'],
  ['admin: producers', 'AdminCases', 'producers'],
  ['admin: ACLs without an authorizer', 'AdminCases', 'acls'],
]

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return { client: 'java-clients', skipped: lookup.reason }
  const files = readdirSync(sources).filter((name) => name.endsWith('.java'))
  const java = await JavaServer.start(
    lookup.tool,
    files.map((name) => join(sources, name)),
  )
  return {
    client: 'java-clients',
    version: lookup.tool.version,
    cases: cases(java),
    knownFailures: {
      'consumer: the new group protocol': 'ConsumerGroupHeartbeat is not among the APIs yet',
      'admin: ACLs without an authorizer': 'DescribeAcls is not among the APIs yet',
    },
    close: () => java.stop(),
  }
}

/** What failed and where in our cases; the rest of a stack trace is the client's own business. */
function essence(stackTrace: string): string {
  const telling = /^(?!\s)|Cases\.java|Session\.java/
  const lines = stackTrace.split('\n').filter((line) => line !== '' && telling.test(line))
  return lines.slice(0, 8).join('\n')
}

function cases(java: JavaServer): Case[] {
  const run = async (context: CaseContext, javaClass: string, method: string) => {
    const args = [javaClass, method, context.broker.bootstrapServers, context.unique('java')]
    const { exitCode, stderr } = await java.run('ClientCases', args)
    assert.equal(exitCode, 0, essence(stderr))
  }
  return [
    ...javaCases.map(
      ([name, javaClass, method, smoke]): Case => ({
        name,
        smoke: smoke === 'smoke',
        timeoutMs: 90_000,
        run: (context) => run(context, javaClass, method),
      }),
    ),
    {
      name: 'SIGKILL and restart: the same producer carries on without loss or repetition',
      timeoutMs: 180_000,
      async run(context) {
        await run(context, 'ProducerCases', 'beforeRestart')
        await context.broker.restart()
        await run(context, 'ProducerCases', 'afterRestart')
      },
    },
  ]
}
