/** Nothing that is remembered of requests lets its reader act as somebody else: by the schemas, and with real clients. */
import kafkajs, { type SASLOptions } from 'kafkajs'
import t from 'tap'
import { apisByKey } from '../../protocol/registry.ts'
import type { AnyField, Encodable, MessageSchema } from '../../protocol/schema.ts'
import { startBroker } from '../../src/index.ts'
import { requestWithoutSecrets, responseWithoutSecrets } from '../../src/testing/secrets.ts'
import { clientOf } from './support.ts'

/** Each field of bytes of all APIs, and each of text whose name sounds like a secret: whether somebody else may see it. */
const FIELDS: Readonly<Record<string, 'secret' | 'shown'>> = {
  'ProduceRequest.topicData.partitionData.records': 'shown',
  'FetchResponse.responses.partitions.records': 'shown', // but for those of the metadata log: below
  'JoinGroupRequest.protocols.metadata': 'shown',
  'JoinGroupResponse.members.metadata': 'shown',
  'SyncGroupRequest.assignments.assignment': 'shown',
  'SyncGroupResponse.assignment': 'shown',
  'DescribeGroupsResponse.groups.members.memberMetadata': 'shown',
  'DescribeGroupsResponse.groups.members.memberAssignment': 'shown',
  'SaslAuthenticateRequest.authBytes': 'secret',
  'SaslAuthenticateResponse.authBytes': 'secret',
  'CreateDelegationTokenResponse.tokenId': 'shown', // its name
  'CreateDelegationTokenResponse.hmac': 'secret',
  'RenewDelegationTokenRequest.hmac': 'secret',
  'ExpireDelegationTokenRequest.hmac': 'secret',
  'DescribeDelegationTokenResponse.tokens.tokenId': 'shown',
  'DescribeDelegationTokenResponse.tokens.hmac': 'secret',
  'AlterUserScramCredentialsRequest.upsertions.salt': 'secret',
  'AlterUserScramCredentialsRequest.upsertions.saltedPassword': 'secret',
  'CreateDelegationTokenResponse.tokenRequesterPrincipalType': 'shown',
  'CreateDelegationTokenResponse.tokenRequesterPrincipalName': 'shown',
  'DescribeDelegationTokenResponse.tokens.tokenRequesterPrincipalType': 'shown',
  'DescribeDelegationTokenResponse.tokens.tokenRequesterPrincipalName': 'shown',
  'EnvelopeRequest.requestData': 'secret',
  'EnvelopeRequest.requestPrincipal': 'shown', // a name and a kind
  'EnvelopeRequest.clientHostAddress': 'shown',
  'EnvelopeResponse.responseData': 'secret',
  'FetchSnapshotResponse.topics.partitions.unalignedRecords': 'secret',
  'PushTelemetryRequest.metrics': 'shown',
  'ShareFetchResponse.responses.partitions.records': 'shown',
}

const SOUNDS_SECRET = /pass(?:word|wd)|secret|token(?!s)|hmac|salt|credential$|apikey$/i

function* fieldsOf(fields: Readonly<Record<string, AnyField>>, path: string): Iterable<[string, AnyField]> {
  for (const [name, outer] of Object.entries(fields)) {
    let field = outer
    while (field.type === 'array' && field.element !== undefined) field = field.element
    if (field.type === 'struct') yield* fieldsOf(field.fields ?? {}, `${path}.${name}`)
    else yield [`${path}.${name}`, field]
  }
}

const PLANTED = Buffer.from('planted secret')

/** A message in which this one field is set, and what stands at its place. */
function planted(path: readonly string[], value: unknown): Encodable<MessageSchema> {
  return path.reduceRight<unknown>((inner, name, index) => {
    const isLast = index === path.length - 1
    return { [name]: isLast ? inner : [inner] }
  }, value) as Encodable<MessageSchema>
}

const textOf = (message: unknown): string =>
  JSON.stringify(message, (_, each) =>
    typeof each === 'bigint' ? String(each) : each?.type === 'Buffer' ? Buffer.from(each.data).toString() : each,
  )

t.test('every field that may hold a secret has been thought of, and those that do are hidden', (t) => {
  for (const { name, request, response } of apisByKey.values()) {
    for (const schema of [request, response]) {
      for (const [path, { type }] of fieldsOf(schema.fields, schema.name)) {
        const isBytes = type === 'bytes' || type === 'records'
        if (!isBytes && !(type === 'string' && SOUNDS_SECRET.test(path.replace(/^\w+/, '')))) continue
        const kind = FIELDS[path]
        t.ok(kind !== undefined, `${path} is known`)
        const message = planted(path.split('.').slice(1), isBytes ? PLANTED : String(PLANTED))
        const cover = schema === request ? requestWithoutSecrets : responseWithoutSecrets
        const before = textOf(message)
        t.equal(textOf(cover(name, message)).includes(String(PLANTED)), kind === 'shown', `${path} is ${kind}`)
        t.equal(textOf(message), before, 'the message itself is as it was')
      }
    }
  }
  t.end()
})

t.test('values of configurations, and the records of the metadata log', (t) => {
  for (const api of ['AlterConfigs', 'IncrementalAlterConfigs']) {
    const shown = (resourceType: number, name: string) => {
      const message = { resources: [{ resourceType, resourceName: '1', configs: [{ name, value: 'planted' }] }] }
      return textOf(requestWithoutSecrets(api, message as Encodable<MessageSchema>)).includes('planted')
    }
    t.notOk(shown(4, 'ssl.keystore.password'))
    t.notOk(shown(4, 'listener.name.internal.scram-sha-256.sasl.jaas.config'))
    t.notOk(shown(4, 'of.somebody.s.plugin'), 'a key that nobody knows may hold a secret')
    t.ok(shown(4, 'log.retention.ms'))
    t.ok(shown(2, 'retention.ms'), 'topics have no secrets')
    t.ok(shown(8, 'kafka.server'), 'nor have loggers')
  }
  const fetched = (topic: object) => {
    const message = { responses: [{ ...topic, partitions: [{ records: PLANTED }] }] }
    return textOf(responseWithoutSecrets('Fetch', message as Encodable<MessageSchema>)).includes(String(PLANTED))
  }
  t.notOk(fetched({ topic: '__cluster_metadata' }))
  t.notOk(fetched({ topic: '', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' }))
  t.ok(fetched({ topic: 'orders' }))
  t.end()
})

t.test(
  'clients log in, and change users and configurations: neither the requests nor the control show how',
  async (t) => {
    const password = 'correct-horse-battery'
    await using broker = await startBroker({ users: { alice: password }, control: true })
    for (const mechanism of ['plain', 'scram-sha-256'] as const) {
      const admin = clientOf(broker, {
        sasl: { mechanism, username: 'alice', password } as SASLOptions,
        retry: { retries: 0 },
      }).admin()
      await admin.connect()
      const refused = admin.alterConfigs({
        validateOnly: true,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.BROKER,
            name: '1',
            configEntries: [{ name: 'ssl.keystore.password', value: 'staple-secret' }],
          },
        ],
      })
      await t.rejects(refused, 'a key of one listener, and what it said is remembered all the same')
      await admin.disconnect()
    }
    const requests = await (await fetch(`${broker.controlUrl}/requests`)).text()
    t.match(requests, /SaslAuthenticate/)
    t.match(requests, /"authBytes":"\(hidden\)"/)
    t.match(requests, /"name":"ssl.keystore.password","value":"\(hidden\)"/)
    const inHand = textOf(broker.requests())
    for (const secret of [password, 'staple-secret']) {
      for (const text of [requests, inHand]) {
        t.notOk(text.includes(secret))
        t.notOk(text.includes(Buffer.from(`\0alice\0${secret}`).toString('base64')))
        t.notOk(text.includes(Buffer.from(secret).toString('hex')))
      }
    }
    const records = await fetch(`${broker.controlUrl}/topics/__cluster_metadata/records`)
    t.equal(records.status, 404, 'the metadata log is no topic that is read here')
  },
)
