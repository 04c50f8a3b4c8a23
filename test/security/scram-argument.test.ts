/** `--add-scram`, as `kafka-storage format` takes it. */
import { Kafka, logLevel } from 'kafkajs'
import t from 'tap'
import { nodeEnvironment } from '../../src/env/node/index.ts'
import { startBroker } from '../../src/index.ts'
import { scramUsers } from '../../src/security/sasl/scram-argument.ts'

const { random } = nodeEnvironment()

t.test('the keys of RFC 7677', (t) => {
  const text = 'SCRAM-SHA-256=[name=user,salt=W22ZaJ0SNY7soEsUEjb6gQ==,iterations=4096,password="pencil"]'
  const [user] = scramUsers(text, random)
  t.match(user, { name: 'user', mechanism: 1, iterations: 4096 })
  t.equal(user.storedKey.toString('base64'), 'WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=')
  t.equal(user.serverKey.toString('base64'), 'wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=')
  const salted = 'saltedpassword=xKSVEDI6tPlSysH6mUQZOeeOp01r6B3fcJbodRPcYV0='
  t.same(scramUsers(text.replace('password="pencil"', salted), random), [user])
  t.equal(scramUsers(`${text},SCRAM-SHA-512=[name=b,password=x]`, random).length, 2)
  t.end()
})

t.test('what cannot be is refused without showing a secret', (t) => {
  for (const [text, why] of [
    ['SCRAM-SHA-256', /is not MECHANISM/],
    ['PLAIN=[name=a,password=secret]', /PLAIN, which is not supported/],
    ['SCRAM-SHA-256=[password=secret]', /no name/],
    ['SCRAM-SHA-256=[name=a]', /neither password/],
    ['SCRAM-SHA-256=[name=a,saltedpassword=secret]', /without its salt/],
    ['SCRAM-SHA-256=[name=a,password=secret,secret]', /a part that is none of/],
    ['SCRAM-SHA-256=[name=a,password=secret,iterations=1]', /iterations outside/],
  ] as const) {
    t.throws(() => scramUsers(text, random), { message: why })
    t.throws(() => scramUsers(text, random), { message: /^(?!.*secret)/ })
  }
  t.end()
})

t.test('a user of a new directory logs in', async (t) => {
  await using broker = await startBroker({
    config: {
      listeners: 'SASL_PLAINTEXT://127.0.0.1:0',
      'sasl.enabled.mechanisms': 'SCRAM-SHA-256',
      'samsa.add.scram': 'SCRAM-SHA-256=[name=alice,password=pencil]',
    },
  })
  for (const [password, isRight] of [
    ['pencil', true],
    ['pen', false],
  ] as const) {
    const admin = new Kafka({
      brokers: [broker.bootstrapServers],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
      sasl: { mechanism: 'scram-sha-256', username: 'alice', password },
    }).admin()
    const connected = admin.connect().then(() => admin.disconnect())
    await (isRight ? t.resolves(connected) : t.rejects(connected))
  }
})
