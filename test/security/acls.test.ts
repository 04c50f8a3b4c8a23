/** A broker with an authorizer, as kafkajs and its admin see it. */
import kafkajs, { Kafka, logLevel } from 'kafkajs'
import t from 'tap'
import { type Logger, startBroker } from '../../src/index.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
const USERS = { root: 'r', alice: 'a', bob: 'b' }
const lines: { details: Record<string, unknown>; line: string }[] = []
const note = (...args: unknown[]) =>
  void lines.push({ details: args.length > 1 ? (args[0] as Record<string, unknown>) : {}, line: String(args.at(-1)) })
const logger: Logger = {
  debug: () => {},
  info: note,
  warn: note,
  error: note,
  isLevelEnabled: (level) => level !== 'debug',
}

function clientOf(bootstrapServers: string, user: keyof typeof USERS): Kafka {
  return new Kafka({
    brokers: [bootstrapServers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    sasl: { mechanism: 'plain', username: user, password: USERS[user] },
  })
}

/** null, or the type of the first error. */
async function produce(kafka: Kafka, topic: string): Promise<string | null> {
  const producer = kafka.producer()
  await producer.connect()
  try {
    await producer.send({ topic, messages: [{ value: 'x' }] })
    return null
  } catch (error) {
    // This client has no type for what Metadata refuses.
    return (error as { type?: string }).type ?? /\[(.*)\]/.exec(String(error))?.[1] ?? String(error)
  } finally {
    await producer.disconnect()
  }
}

/** The type of the error, or null. */
const errorOf = (promise: Promise<unknown>): Promise<string | null> =>
  promise.then(
    () => null,
    (error: { type?: string; cause?: { type?: string } }) => error.type ?? error.cause?.type ?? String(error),
  )

t.test('who may do what', async (t) => {
  await using broker = await startBroker({
    users: USERS,
    acls: [
      'alice:read,write:topic:orders*',
      'alice:read:group:g',
      'deny:alice@*:write:topic:orders-closed',
      'bob:describe:topic:*',
    ],
    topics: ['orders-1', 'orders-closed', 'secret'],
    config: { 'super.users': 'User:root', 'auto.create.topics.enable': true },
    logger,
  })
  const [root, alice, bob] = (['root', 'alice', 'bob'] as const).map((user) => clientOf(broker.bootstrapServers, user))

  t.equal(await produce(root!, 'secret'), null, 'a super user is asked for nothing')
  t.equal(await produce(alice!, 'orders-1'), null)
  t.equal(await produce(alice!, 'orders-closed'), 'TOPIC_AUTHORIZATION_FAILED', 'a denial is stronger')
  t.equal(await produce(alice!, 'secret'), 'Topic authorization failed')
  t.equal(await produce(alice!, 'orders-2'), 'Topic authorization failed', 'to write is not to create')
  t.equal(await produce(bob!, 'orders-1'), 'TOPIC_AUTHORIZATION_FAILED')

  const denied = lines.find(({ details }) => details.audit === 'denied' && details.name === 'orders-closed')
  t.match(denied?.details, {
    principal: 'User:alice',
    host: /127\.0\.0\.1|0:0:0:0:0:0:0:1/,
    operation: 'WRITE',
    resource: 'TOPIC',
    api: 'Produce',
    rule: 'DENY WRITE to User:alice from * on TOPIC:LITERAL:orders-closed',
  })

  const asAlice = alice!.admin()
  const asBob = bob!.admin()
  const asRoot = root!.admin()
  await Promise.all([asAlice.connect(), asBob.connect(), asRoot.connect()])
  t.teardown(() => Promise.all([asAlice.disconnect(), asBob.disconnect(), asRoot.disconnect()]))
  t.same((await asAlice.listTopics()).sort(), ['orders-1', 'orders-closed'], 'only what it may describe')
  t.same((await asBob.listTopics()).sort(), ['orders-1', 'orders-closed', 'secret'])
  await t.rejects(asAlice.createTopics({ topics: [{ topic: 'mine' }] }), { name: 'KafkaJSAggregateError' })
  t.equal(await errorOf(asBob.deleteTopics({ topics: ['secret'] })), 'TOPIC_AUTHORIZATION_FAILED')
  t.equal(await errorOf(asBob.deleteTopics({ topics: ['nothing'] })), 'UNKNOWN_TOPIC_OR_PARTITION')
  t.equal(await errorOf(asAlice.deleteTopics({ topics: ['nothing'] })), 'TOPIC_AUTHORIZATION_FAILED')
  t.equal(await errorOf(asAlice.describeAcls({ ...ANY_ACL })), 'CLUSTER_AUTHORIZATION_FAILED')

  const mine = {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: 'secret',
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:bob',
    host: '*',
    operation: AclOperationTypes.WRITE,
    permissionType: AclPermissionTypes.ALLOW,
  }
  t.equal(await produce(bob!, 'secret'), 'TOPIC_AUTHORIZATION_FAILED')
  await asRoot.createAcls({ acl: [mine] })
  t.equal(await produce(bob!, 'secret'), null, 'an answered ACL is in force')
  t.ok(
    lines.some(
      ({ details }) => details.audit === 'changed' && details.principal === 'User:root' && details.api === 'CreateAcls',
    ),
  )
  const { resources } = await asRoot.describeAcls({ ...ANY_ACL, resourceName: 'secret' })
  t.match(resources, [{ resourceName: 'secret', acls: [{ principal: 'User:bob', operation: 4, permissionType: 3 }] }])
  const { filterResponses } = await asRoot.deleteAcls({
    filters: [{ ...ANY_ACL, principal: 'User:bob', operation: AclOperationTypes.WRITE }],
  })
  t.equal(filterResponses[0]?.matchingAcls.length, 1)
  t.equal(await produce(bob!, 'secret'), 'TOPIC_AUTHORIZATION_FAILED', 'an answered removal as well')
})

const ANY_ACL = {
  resourceType: AclResourceTypes.ANY,
  resourcePatternType: ResourcePatternTypes.ANY,
  operation: AclOperationTypes.ANY,
  permissionType: AclPermissionTypes.ANY,
}

t.test('ACLs outlive a restart; without an authorizer there are none', async (t) => {
  const data = t.testdir()
  const acls = ['alice:read:topic:a']
  for (const _ of [1, 2]) {
    await using broker = await startBroker({ users: USERS, acls, data, config: { 'super.users': 'User:root' } })
    const admin = clientOf(broker.bootstrapServers, 'root').admin()
    await admin.connect()
    const { resources } = await admin.describeAcls({ ...ANY_ACL })
    t.equal(resources.flatMap((resource) => resource.acls).length, 1, 'once, however often it is asked for')
    await admin.disconnect()
  }
  await using open = await startBroker({ users: USERS, data })
  const admin = clientOf(open.bootstrapServers, 'alice').admin()
  await admin.connect()
  t.equal(await errorOf(admin.describeAcls({ ...ANY_ACL })), 'SECURITY_DISABLED')
  await admin.disconnect()
})

t.test('what cannot be is said in one sentence', async (t) => {
  await t.rejects(startBroker({ acls: ['alice'] }), /The ACL 'alice' is not of the form/)
  await t.rejects(
    startBroker({ acls: ['alice:fly:topic:a'] }),
    /has 'fly' for an operation; on a topic there are: all, read/,
  )
  await t.rejects(startBroker({ config: { 'samsa.acls': 'alice:read:topic:a' } }), /there is no authorizer/)
  await t.rejects(
    startBroker({ config: { 'authorizer.class.name': 'com.acme.Mine' } }),
    /classes of Java cannot be run/,
  )
  await t.rejects(
    startBroker({ acls: [], config: { 'super.users': 'bob' } }),
    /principalType:principalName but got bob/,
  )
})
