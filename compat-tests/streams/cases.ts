import assert from 'node:assert/strict'
import { join } from 'node:path'
import { clientCase } from '../java-clients/cases.ts'
import type { JavaServer } from '../support/java.ts'
import type { Case } from '../support/suite.ts'

const sources = join(import.meta.dirname, 'java')
const ofAllClients = join(import.meta.dirname, '../java-clients/java')

/** The cases, and what they share with those of the Java clients. */
export const streamsSources: readonly string[] = [
  ...['Application', 'WordCounting', 'StreamsCases'].map((name) => join(sources, `${name}.java`)),
  ...['since-0.10/Session.java', 'since-0.10/ClientCases.java', 'since-0.11/Topics.java', 'since-2.0/Poll.java'].map(
    (file) => join(ofAllClients, file),
  ),
]

const methods: readonly (readonly [name: string, method: string])[] = [
  ['a windowed join of two repartitioned streams gives each pair once', 'windowedJoin'],
  ['instances come and go, and each word is counted once', 'scale'],
  ['an instance without its disk restores its stores', 'restore'],
  ['a standby takes over without a restore', 'standby'],
  ['an application of a classic group goes on in a streams group', 'fromClassic'],
  ['one instance ends the whole application', 'shutdown'],
]
const LONGEST_RUN_MS = 180_000

export const instanceCases = (server: JavaServer): Case[] =>
  methods.map(([name, method]) => ({
    name: `group.protocol=streams: ${name}`,
    timeoutMs: LONGEST_RUN_MS + 10_000,
    async run(context) {
      const args = clientCase(context, 'StreamsCases', method)
      const { exitCode, stderr } = await server.run('ClientCases', args, { limitMs: LONGEST_RUN_MS })
      assert.equal(exitCode, 0, stderr)
    },
  }))
