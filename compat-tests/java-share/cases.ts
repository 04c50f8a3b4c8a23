import assert from 'node:assert/strict'
import { join } from 'node:path'
import { clientCase } from '../java-clients/cases.ts'
import type { JavaServer } from '../support/java.ts'
import type { Case, CaseContext } from '../support/suite.ts'

const sources = join(import.meta.dirname, 'java')
const ofAllClients = join(import.meta.dirname, '../java-clients/java')

/** The cases, and what they share with those of the Java clients. */
export const shareSources: readonly string[] = [
  ...['ShareSession', 'ShareConsumerCases', 'ShareAdminCases', 'ShareRestartCases'].map((name) =>
    join(sources, `${name}.java`),
  ),
  ...['since-0.10/Session.java', 'since-0.10/ClientCases.java', 'since-0.11/Topics.java', 'since-2.0/Poll.java'].map(
    (file) => join(ofAllClients, file),
  ),
]

const methods: readonly (readonly [name: string, javaClass: string, method: string])[] = [
  ['share consumer: implicit acknowledgement', 'ShareConsumerCases', 'implicit'],
  ['share consumer: accept, release and reject', 'ShareConsumerCases', 'explicit'],
  ['share consumer: locks that are renewed', 'ShareConsumerCases', 'renew'],
  ['share consumer: a lock that ends', 'ShareConsumerCases', 'lockEnds'],
  ['share consumer: the limit of deliveries', 'ShareConsumerCases', 'deliveryLimit'],
  ['share consumer: read_committed and read_uncommitted', 'ShareConsumerCases', 'isolation'],
  ['share consumer: batch_optimized and record_limit', 'ShareConsumerCases', 'acquireModes'],
  ['share consumer: where a group begins', 'ShareConsumerCases', 'offsetReset'],
  ['share consumer: members share, and one leaves', 'ShareConsumerCases', 'sharing'],
  ['share consumer: callbacks', 'ShareConsumerCases', 'callbacks'],
  ['share consumer: a record that cannot be read', 'ShareConsumerCases', 'unreadable'],
  ['share consumer: the most records in flight', 'ShareConsumerCases', 'recordLocks'],
  ['admin: share groups described and listed', 'ShareAdminCases', 'described'],
  ['admin: offsets of share groups altered and deleted', 'ShareAdminCases', 'offsets'],
  ['admin: configurations of a share group', 'ShareAdminCases', 'configs'],
  ['share consumer: dead-letter queue', 'ShareAdminCases', 'deadLetters'],
]

export function consumerCases(server: JavaServer): Case[] {
  const run = async (context: CaseContext, javaClass: string, method: string) => {
    const args = clientCase(context, javaClass, method)
    const { exitCode, stderr } = await server.run('ClientCases', args, { limitMs: 80_000 })
    assert.equal(exitCode, 0, stderr)
  }
  return [
    ...methods.map(
      ([name, javaClass, method]): Case => ({
        name,
        timeoutMs: 90_000,
        run: (context) => run(context, javaClass, method),
      }),
    ),
    {
      name: 'SIGKILL of the broker: what is accepted never comes again, and all that is not does',
      timeoutMs: 180_000,
      async run(context) {
        await run(context, 'ShareRestartCases', 'beforeRestart')
        await context.broker.restart()
        await run(context, 'ShareRestartCases', 'afterRestart')
      },
    },
  ]
}
