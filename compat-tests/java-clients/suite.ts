import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { kafkaClients } from '../../scripts/toolchain/java-programs.ts'
import { JavaServer } from '../support/java.ts'
import type { Case, CaseContext, LoadSuite } from '../support/suite.ts'
import { clientCase, compareVersions, isInSpan, javaCases } from './cases.ts'

const sources = join(import.meta.dirname, 'java')
/** Apache Kafka 4 serves clients from here on (KIP-896). */
const oldestOfApache = '2.1'
/** The client before it takes topics as the broker creates them for it. */
const firstWithAdmin = '0.11'
const mostPartitions = '6'

/** The suite of one version of the client; it has the cases for which that version has the means. */
export function javaClient(client: string, version: string): LoadSuite {
  return async () => {
    const lookup = await kafkaClients(version)
    if (!lookup.ok) return { client, skipped: lookup.reason }
    const java = await JavaServer.forCases(lookup.tool, sourcesOf(version))
    const cases = casesOf(java, version)
    return {
      client,
      version,
      cases,
      ...(compareVersions(version, oldestOfApache) < 0 && {
        only: { product: 'samsa', reason: `Apache Kafka 4 serves no client before ${oldestOfApache}` },
      }),
      properties: {
        // Members of the new group protocol hear of each other at this pace.
        'group.consumer.min.heartbeat.interval.ms': '300',
        'group.consumer.heartbeat.interval.ms': '300',
        ...(compareVersions(version, firstWithAdmin) < 0 && { 'num.partitions': mostPartitions }),
      },
      close: () => java.stop(),
    }
  }
}

/** A folder says in its name for which versions its sources are: `since-2.0`, `until-3.9`, `since-0.11-until-3.9`. */
function sourcesOf(version: string): string[] {
  return readdirSync(sources)
    .filter((folder) => {
      const { since, until } = /^(?:since-(?<since>[\d.]+))?-?(?:until-(?<until>[\d.]+))?$/.exec(folder)!.groups!
      return isInSpan(version, { since, until })
    })
    .flatMap((folder) => readdirSync(join(sources, folder)).map((file) => join(sources, folder, file)))
}

/** The error and its place in our cases; the rest of a stack trace is the client's own business. */
function essence(stackTrace: string): string {
  const telling = /^(?!\s)|Cases\.java|Session\.java/
  const lines = stackTrace.split('\n').filter((line) => line !== '' && telling.test(line))
  return lines.slice(0, 8).join('\n')
}

function casesOf(java: JavaServer, version: string): Case[] {
  const run = async (context: CaseContext, javaClass: string, method: string) => {
    const { exitCode, stderr } = await java.run('ClientCases', clientCase(context, javaClass, method))
    assert.equal(exitCode, 0, essence(stderr))
  }
  const restart = (javaClass: string, name: string): Case => ({
    name,
    timeoutMs: 180_000,
    async run(context) {
      await run(context, javaClass, 'beforeRestart')
      await context.broker.restart()
      await run(context, javaClass, 'afterRestart')
    },
  })
  return [
    ...javaCases
      .filter((one) => isInSpan(version, one))
      .map(
        ({ name, javaClass, method, smoke }): Case => ({
          name,
          smoke: smoke?.includes(version),
          timeoutMs: 90_000,
          run: (context) => run(context, javaClass, method),
        }),
      ),
    restart('ProducerCases', 'SIGKILL and restart: the same producer carries on and loses nothing'),
    restart('ConsumerCases', 'SIGKILL and restart: the same member carries on where it was'),
  ]
}
