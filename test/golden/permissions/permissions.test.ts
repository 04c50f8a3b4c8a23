/**
 * Holds the questions of samsa to its authorizer, for every API and version, and the errors with which it refuses to those
 * of Apache Kafka 4.4.0 (`table.json`, written by `compat-tests/permissions/record.ts`): by the super user, by one who may do
 * everything to its own resources, and by one who may do nothing.
 */
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { common, coordinatorsReady, ofSamsa } from '../../../compat-tests/diff/brokers.ts'
import { Session } from '../../../compat-tests/diff/session.ts'
import { type Recorded, type Row, sendAll, type Table, tableOf } from '../../../compat-tests/permissions/recording.ts'
import { requests } from '../../../compat-tests/permissions/requests/index.ts'
import { createAcls, reachOf, securedProperties } from '../../../compat-tests/permissions/secured.ts'
import { makeWorld } from '../../../compat-tests/permissions/world.ts'
import { freePorts } from '../../../compat-tests/support/broker.ts'
import { SUPPORTED_OPERATIONS } from '../../../protocol/acl.ts'
import { ClientPermissions } from '../../../src/dispatch/client-permissions.ts'
import { startBroker } from '../../../src/index.ts'

const apache: Table = JSON.parse(readFileSync(new URL('table.json', import.meta.url), 'utf8'))

/** Every question of a permission, as it is asked, since the last time that somebody took them. */
class Recorder {
  #asked = new Set<string>()

  constructor() {
    const { allows, allowsOnAny, operations } = ClientPermissions.prototype
    const note = (...question: string[]) => void this.#asked.add(question.join(' '))
    ClientPermissions.prototype.allows = function (operation, resource, name, quietly) {
      note(operation, resource, name)
      return allows.call(this, operation, resource, name, quietly)
    }
    ClientPermissions.prototype.allowsOnAny = function (operation, resource) {
      note(operation, resource, '(any)')
      return allowsOnAny.call(this, operation, resource)
    }
    ClientPermissions.prototype.operations = function (resource, name) {
      for (const operation of SUPPORTED_OPERATIONS[resource]) note(operation, resource, name)
      return operations.call(this, resource, name)
    }
  }

  take(): Set<string> {
    const asked = this.#asked
    this.#asked = new Set()
    return asked
  }
}

t.setTimeout(300_000)

t.test('every API asks what Apache asks, and refuses as it does', async (t) => {
  const [plain = 0, sasl = 0] = await freePorts(2)
  const ports = { plain, sasl }
  await using broker = await startBroker({ config: { ...common, ...ofSamsa, ...securedProperties(ports) } })
  const server = { product: 'samsa', port: broker.port }
  const reach = reachOf(ports)
  await coordinatorsReady({ broker: server, reach })
  const session = new Session(server, 'record', reach)
  t.teardown(() => session.close())
  await createAcls(session)
  const token = await makeWorld(session)
  await session.learnTopicIds()
  const recorder = new Recorder()
  for (const api of Object.keys(requests)) {
    const recorded: Recorded[] = []
    const asked = new Map<string, Set<string>>()
    await sendAll({ session, token, count: 0 }, api, {
      begins: () => recorder.take(),
      answered(request) {
        recorded.push(request)
        asked.set(request.clientId, recorder.take())
      },
    })
    compare(t, api, tableOf(recorded, asked)[api] ?? [])
  }
  t.strictSame([...needed].sort(), NEEDLESS.map(({ why }) => why).sort(), 'no exception is needless itself')
})

/** Questions of Apache whose answers are of no consequence, and which samsa does not ask. */
const NEEDLESS: readonly { apis: string[]; question: RegExp; why: string }[] = [
  { apis: ['CreateTopics'], question: /^DESCRIBE_CONFIGS TOPIC/, why: 'the topic is refused, and has no configs' },
  { apis: ['DeleteTopics'], question: /^DELETE TOPIC/, why: 'the topic is refused already, as one that is not known' },
  {
    apis: ['OffsetCommit', 'OffsetFetch', 'TxnOffsetCommit'],
    question: /^(READ|DESCRIBE) TOPIC $/,
    why: 'a topic whose id is unknown has no name',
  },
  {
    apis: ['ConsumerGroupDescribe', 'ShareGroupDescribe', 'StreamsGroupDescribe'],
    question: /^[A-Z_]+ GROUP mine-(members|sharers|streamers)$/,
    why: 'the group is refused for its topics, and no operations are told',
  },
  {
    apis: ['StreamsGroupHeartbeat'],
    question: /^DESCRIBE_CONFIGS TOPIC/,
    why: 'nobody is told the configs of an internal topic that is created',
  },
]
const needed = new Set<string>()

function withoutNeedless(api: string, wanted: readonly string[], found: readonly string[]): string[] {
  return wanted.filter((question) => {
    if (found.includes(question)) return true
    const reason = NEEDLESS.find((each) => each.apis.includes(api) && each.question.test(question))
    if (reason !== undefined) needed.add(reason.why)
    return reason === undefined
  })
}

const keyOf = ({ versions, request, user }: Row): string => `v${versions} ${request}, ${user}`
const byKey = (rows: readonly Row[]) => new Map(rows.map((row) => [keyOf(row), row]))

function compare(t: Test, api: string, rows: readonly Row[]): void {
  const [found, wanted] = [byKey(rows), byKey(apache[api] ?? [])]
  t.strictSame([...found.keys()], [...wanted.keys()], `${api}: versions, requests and users`)
  for (const [key, row] of found) {
    const expected = wanted.get(key) ?? { asked: [], errors: [] }
    t.strictSame(row.asked, withoutNeedless(api, expected.asked, row.asked), `${api} ${key}: asked`)
    t.strictSame(row.errors, expected.errors, `${api} ${key}: errors`)
  }
}
