import assert from 'node:assert/strict'
import { Session } from '../kafkajs/session.ts'
import { at, STORE_PASSWORD, store, USERS } from '../security/secure-broker.ts'
import type { Case, CaseContext } from '../support/suite.ts'
import { ProxiedBroker, ProxyProcess } from './proxied-broker.ts'

export const TLS_LISTENER = 'SASL_SSL'
const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule'

/** A listener with TLS and a login, beside the one that all other cases use. */
export const tlsProperties: Readonly<Record<string, string>> = {
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL',
  'ssl.keystore.location': store('chain.p12'),
  'ssl.keystore.password': STORE_PASSWORD,
  'listener.name.sasl_ssl.sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.sasl_ssl.plain.sasl.jaas.config': `${PLAIN} required user_alice="${USERS.alice}";`,
}

/** The case as its clients meet it through a proxy of its own. */
async function behind(context: CaseContext, upstream: string, args: readonly string[]) {
  const proxy = await ProxyProcess.start(upstream, args)
  context.after(() => proxy.stop())
  return { proxy, through: { ...context, broker: new ProxiedBroker(context.broker, proxy) } }
}

/** The faults and the TLS of a proxy, which no case of others asks for. */
export const ownCases: readonly Case[] = [
  {
    name: 'a rule makes a healthy cluster look broken: to those who come through the proxy, and in one topic',
    async run(context) {
      const control = ['--control', '127.0.0.1:0']
      const { proxy, through } = await behind(context, context.broker.bootstrapServers, control)
      const session = new Session(through, { retry: { initialRetryTime: 20, retries: 8 } })
      const [broken, healthy] = [await session.topic(), await session.topic()]
      const error = 'NOT_LEADER_OR_FOLLOWER'
      const ruleOf = (rule: object) => proxy.control('POST', '/rules', { topic: broken, error, ...rule })
      const hitsOf = async ({ id }: Record<string, unknown>) => (await proxy.control('GET', `/rules/${id}`)).hits

      const produce = await ruleOf({ api: 'Produce', times: 2 })
      const direct = new Session(context, { retry: { retries: 0 } })
      await direct.send(broken, [{ value: 'a' }])
      await session.send(healthy, [{ value: 'b' }])
      assert.equal(await hitsOf(produce), 0, 'nobody has met the rule yet')
      await session.send(broken, [{ value: 'c' }])
      assert.equal(await hitsOf(produce), 2, 'the producer was refused twice, and tried again')

      const fetch = await ruleOf({ api: 'Fetch', times: 3 })
      const received = await session.read(broken, 2)
      const valuesOf = (all: typeof received) => all.map(({ message }) => String(message.value))
      assert.deepEqual(valuesOf(received), ['a', 'c'])
      assert.equal(await hitsOf(fetch), 3, 'the consumer was refused three times, and tried again')
      assert.deepEqual(valuesOf(await direct.read(broken, 2)), ['a', 'c'])
    },
  },
  {
    name: 'a client without TLS logs in through it to a broker that speaks TLS',
    async run(context) {
      const { address, protocol } = at(context.broker, TLS_LISTENER)
      const properties = {
        'security.protocol': protocol,
        'ssl.truststore.location': store('trust.jks'),
        'ssl.truststore.password': STORE_PASSWORD,
      }
      const args = Object.entries(properties).flatMap(([key, value]) => ['-X', `${key}=${value}`])
      const { proxy, through } = await behind(context, address, args)
      const sessionOf = (password: string) =>
        new Session(through, { retry: { retries: 3 }, sasl: { mechanism: 'plain', username: 'alice', password } })
      const session = sessionOf(USERS.alice)
      const topic = await session.topic()
      await session.send(topic, [{ value: 'secret' }])
      const [received] = await session.read(topic, 1)
      assert.equal(String(received.message.value), 'secret')
      const { brokers } = await (await session.admin()).describeCluster()
      assert.ok(brokers.some(({ port }) => port === proxy.port))
      await assert.rejects(sessionOf('wrong').admin(), /SASL PLAIN authentication failed/)
    },
  },
]
