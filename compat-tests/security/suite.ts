import { type ApacheKafka, apacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import type { SkippedSuite, Suite } from '../support/suite.ts'
import { aclCases } from './acl-cases.ts'
import { securityClients } from './clients.ts'
import { commandCases } from './command-cases.ts'
import { javaCases } from './java-cases.ts'
import { loginCases, TOPIC } from './login-cases.ts'
import { brokerOptions } from './secure-broker.ts'
import { makeSignedTokens } from './signed-tokens.ts'
import { SuperUser } from './super-user.ts'
import { toolCases } from './tool-cases.ts'

export async function loadSuite(): Promise<Suite | SkippedSuite> {
  const lookup = await apacheKafka()
  if (!lookup.ok) return { client: 'security', skipped: lookup.reason }
  return suiteOf(lookup.tool)
}

async function suiteOf(kafka: ApacheKafka): Promise<Suite> {
  const signed = await makeSignedTokens()
  const java = { kafka, tokenFiles: Object.values(signed.tokens).map(({ tokenFile }) => tokenFile) }
  const clients = securityClients(java)
  return {
    client: 'security',
    version: kafka.version,
    ...brokerOptions(signed),
    cases: [
      ...clients.flatMap((client) => loginCases(client, signed)),
      ...clients.flatMap((client) => aclCases(client)),
      ...javaCases(java),
      ...toolCases(kafka, clients),
      ...commandCases,
    ],
    async begin(_selected, broker) {
      const superUser = new SuperUser(broker)
      await superUser.createTopic(TOPIC)
      await superUser.createScramUsers()
      await superUser.awaitCoordinator()
      superUser.close()
    },
    async close() {
      for (const client of clients) await client.stop()
      await signed.remove()
    },
  }
}
