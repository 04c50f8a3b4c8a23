/** Users, ACLs, quotas and delegation tokens in a data directory: whoever starts on it enforces them. */
import assert from 'node:assert/strict'
import type { ApacheKafka } from '../../scripts/toolchain/apache-kafka.ts'
import { type Access, expectOutcome, type Outcome, type SecurityClient } from '../security/attempts.ts'
import { javaClient } from '../security/clients.ts'
import { Operation, SuperUser } from '../security/super-user.ts'
import type { BrokerOptions, BrokerProcess } from '../support/broker.ts'
import type { Case } from '../support/suite.ts'

const LISTENER = 'SASL_PLAINTEXT'
const MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const TOPIC = 'guarded'
const JAAS = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'

const OPTIONS: BrokerOptions = {
  listeners: [LISTENER],
  properties: {
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT',
    'sasl.enabled.mechanisms': MECHANISMS.join(','),
    ...Object.fromEntries(
      MECHANISMS.map((each) => [`listener.name.sasl_plaintext.${each.toLowerCase()}.sasl.jaas.config`, JAAS]),
    ),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'delegation.token.secret.key': 'token-secret',
  },
}

const BYTES_A_SECOND = 5_000
/** Quotas count over eleven seconds: so much is more than twice as much as they let pass at once. */
const BULK = 30_000
const BULKS = 4
const SHORTEST_MS = 3_000

interface Token {
  readonly id: string
  readonly hmac: string
}

type Start = (options: BrokerOptions) => Promise<BrokerProcess>
const LONGEST_START_MS = 180_000

/** One directory that goes from broker to broker; the last one takes a permission away. */
export function securityRelay(kafka: ApacheKafka, products: readonly string[], starts: readonly Start[]): Case {
  return {
    name: `users, ACLs, quotas and tokens: ${products.join(', then ')}`,
    only: 'samsa',
    timeoutMs: 900_000,
    async run({ after }) {
      const client = javaClient({ kafka, tokenFiles: [] })
      after(() => client.stop())
      let token: Token | null = null
      let dataFrom: string | undefined
      for (const [round, start] of starts.entries()) {
        const broker = await start({ ...OPTIONS, dataFrom })
        after(() => broker.dispose())
        await broker.start({ timeoutMs: LONGEST_START_MS })
        const superUser = new SuperUser(broker)
        after(() => superUser.close())
        token ??= await fill(superUser, broker)
        await enforced(client, broker, token, products[round])
        if (round === starts.length - 1) await revoked(client, superUser, broker)
        assert.notEqual(await broker.stop(), null, `${products[round]} does not stop`)
        dataFrom = broker.dataDirectory
      }
    },
  }
}

async function fill(superUser: SuperUser, broker: BrokerProcess): Promise<Token> {
  await superUser.createTopic(TOPIC)
  await superUser.createScramUsers()
  await superUser.allow(TOPIC, 'alice', [Operation.READ, Operation.WRITE])
  await superUser.allow(TOPIC, 'dora', [Operation.READ, Operation.WRITE])
  await superUser.setQuota('dora', 'producer_byte_rate', BYTES_A_SECOND)
  const token = await SuperUser.createToken(broker.addressOf(LISTENER), 'alice')
  assert.equal(token.hmac.length, 88)
  return token
}

const access = (broker: BrokerProcess, more: Partial<Access>): Access => ({
  address: broker.addressOf(LISTENER),
  protocol: LISTENER,
  ...more,
})

async function enforced(client: SecurityClient, broker: BrokerProcess, token: Token, product: string): Promise<void> {
  const sends = async (who: string, expected: Outcome, more: Partial<Access>) => {
    const answer = await client.open(access(broker, more), TOPIC)
    const outcome = answer.outcome === 'ok' ? await client.send(TOPIC, who) : answer
    await client.close()
    expectOutcome(outcome, expected, `${who} on ${product}`)
  }
  for (const mechanism of MECHANISMS) {
    await sends('alice', 'ok', { mechanism, username: 'alice', password: 'alice-secret' })
    await sends('alice by another password', 'authentication', { mechanism, username: 'alice', password: 'wrong' })
    await sends('bob', 'authorization', { mechanism, username: 'bob', password: 'bob-secret' })
    const byToken = { mechanism, username: token.id, tokenAuth: true }
    await sends('a token of alice', 'ok', { ...byToken, password: token.hmac })
    await sends('a token by another password', 'authentication', { ...byToken, password: 'wrong' })
  }
  await throttled(client, broker, product)
}

async function throttled(client: SecurityClient, broker: BrokerProcess, product: string): Promise<void> {
  const [mechanism] = MECHANISMS
  const dora = access(broker, { mechanism, username: 'dora', password: 'dora-secret' })
  expectOutcome(await client.open(dora, TOPIC), 'ok', `dora on ${product}`)
  const began = performance.now()
  for (let index = 0; index < BULKS; index++) {
    expectOutcome(await client.send(TOPIC, `${index}`.padEnd(BULK, '.')), 'ok', `dora on ${product}`)
  }
  await client.close()
  const tookMs = performance.now() - began
  assert.ok(tookMs >= SHORTEST_MS, `${product} let ${BULKS * BULK} bytes pass in ${Math.round(tookMs)} ms`)
}

async function revoked(client: SecurityClient, superUser: SuperUser, broker: BrokerProcess): Promise<void> {
  await superUser.revoke(TOPIC, 'alice')
  const [mechanism] = MECHANISMS
  const alice = access(broker, { mechanism, username: 'alice', password: 'alice-secret' })
  const answer = await client.open(alice, TOPIC)
  const outcome = answer.outcome === 'ok' ? await client.send(TOPIC, 'late') : answer
  await client.close()
  expectOutcome(outcome, 'authorization', 'alice without her ACL')
}
