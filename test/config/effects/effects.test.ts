/** Every key of Apache's has a word on what it does here, and the word is true. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { documentOf } from '../../../proof/configuration/document.ts'
import { proofs } from '../../../proof/configuration/proofs.ts'
import {
  BrokerConfig,
  type ConfigScope,
  catalogue,
  checkBrokerConfig,
  loadConfig,
  validateTopicConfigs,
} from '../../../src/config/index.ts'
import { facts } from '../../support/facts.ts'
import { Bench } from './bench.ts'

/** Keys that StandardAuthorizer reads by itself, which no ConfigDef names. */
const AUTHORIZER_KEYS = [{ name: 'allow.everyone.if.no.acl.found' }, { name: 'super.users' }]

const root = join(import.meta.dirname, '../../..')
const entries = catalogue().filter(({ apacheDefault }) => apacheDefault !== undefined)
const nameOf = ({ scope, name }: { scope: ConfigScope; name: string }) => `${scope} ${name}`
const namesOf = (effect: string) => entries.filter((entry) => entry.effect === effect).map(nameOf)

/** Titles of a test file as patterns: what a template fills in may be anything. */
function titlesIn(file: string): RegExp[] {
  const source = readFileSync(join(root, file), 'utf8')
  const literals = source.matchAll(/'((?:[^'\\\n]|\\.)+)'|"((?:[^"\\\n]|\\.)+)"|`((?:[^`\\]|\\.)+)`/g)
  return [...literals].map(([, single, double, template]) => {
    const words = (single ?? double ?? template ?? '').split(template === undefined ? /(?!)/ : /\$\{[^}]*\}/)
    return new RegExp(`^${words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.+')}$`)
  })
}

t.test('every key of Apache’s is in the catalogue', (t) => {
  const configs = facts('configs.json')
  const named = (scope: ConfigScope, rows: { name: string }[]) => rows.map(({ name }) => nameOf({ scope, name }))
  const expected = [
    ...named('broker', [...configs.broker, ...configs.quotas.broker, ...AUTHORIZER_KEYS]),
    ...named('topic', configs.topic),
    ...named('group', configs.group),
    ...named('client-metrics', configs.clientMetrics),
  ]
  t.same([...new Set(entries.map(nameOf))].sort(), [...new Set(expected)].sort())
  t.ok(entries.every(({ effect, why }) => (effect === 'effective') === (why === null)))
  t.end()
})

t.test('each key with an effect names a test that proves it, and each test is there', (t) => {
  const proven = Object.values(proofs)
    .flat()
    .flatMap(({ keys }) => Object.entries(keys))
    .flatMap(([scope, names]) => names.map((name) => `${scope} ${name}`))
  t.same([...proven].sort(), namesOf('effective').sort(), 'one proof for each, and none for others')
  for (const [file, list] of Object.entries(proofs)) {
    const titles = titlesIn(file)
    for (const { title } of list) {
      t.ok(
        titles.some((pattern) => pattern.test(title)),
        `${file}: ${title}`,
      )
    }
  }
  t.end()
})

t.test('a key that is refused is refused', (t) => {
  const tls = { listeners: 'SSL://:1' }
  const broker = { 'remote.log.storage.system.enable': 'true', 'offsets.topic.compression.codec': '1' }
  for (const [name, value] of Object.entries(broker)) {
    t.throws(() => checkBrokerConfig(new BrokerConfig({ [name]: value })), { name: 'ConfigError', message: name })
  }
  t.throws(() => checkBrokerConfig(new BrokerConfig({ ...tls, 'ssl.engine.factory.class': 'com.acme.Mine' })), {
    message: /ssl.engine.factory.class is com.acme.Mine: classes of Java/,
  })
  const topic = new Map([['remote.storage.enable', 'true']])
  t.throws(() => validateTopicConfigs(new BrokerConfig(), topic), { name: 'ConfigError' })
  const tested = ['ssl.engine.factory.class', ...Object.keys(broker)].map((name) => nameOf({ scope: 'broker', name }))
  t.same(namesOf('refused').sort(), [...tested, 'topic remote.storage.enable'].sort())
  t.end()
})

t.test('of each key without effect the start warns when it is set, of no other one', (t) => {
  const idle = entries.filter(({ scope, effect }) => scope === 'broker' && effect === 'without effect')
  for (const { name, default: text, type } of idle) {
    const { warnings } = loadConfig({
      given: new Map([[name, text ?? (type === 'int' || type === 'long' ? '1' : 'x')]]),
    })
    t.ok(warnings.includes(`Without effect: ${name} (samsa configs says why).`), name)
  }
  const { warnings } = loadConfig({ given: new Map([['log.retention.hours', '1']]) })
  t.same(warnings, [])
  t.end()
})

t.test('and while the broker runs, for every kind of resource', async (t) => {
  const bench = await Bench.start({ 'num.io.threads': '4' })
  await bench.createTopic('t', { 'local.retention.ms': '5', 'retention.ms': '5' })
  await bench.alter('BROKER', '1', { 'num.replica.fetchers': '2', 'message.max.bytes': '5' })
  await bench.alter('BROKER', '', { 'num.network.threads': '2' })
  await bench.alter('GROUP', 'g', { 'share.assignor.offload.enable': 'false' })
  await bench.alter('TOPIC', 't', { 'segment.ms': '5' })
  const why = '(samsa configs says why).'
  t.same(
    bench.log.lines.filter((line) => line.includes('Without effect')),
    [
      `Without effect: num.io.threads ${why}`,
      `Configuration of topic t: Without effect: local.retention.ms ${why}`,
      `Configuration of broker 1: Without effect: num.replica.fetchers ${why}`,
      `Configuration of every broker: Without effect: num.network.threads ${why}`,
      `Configuration of group g: Without effect: share.assignor.offload.enable ${why}`,
    ],
  )
})

t.test('docs/configuration.md says the same', (t) => {
  const text = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
  t.equal(text, documentOf(), 'make configuration writes it')
  t.end()
})
