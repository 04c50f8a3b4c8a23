/**
 * BROKER_LOGGER resources (KIP-412). The answers are those of Apache Kafka 4.4.0 to the same requests, with one of its
 * loggers, kafka.server.BrokerServer, in the place of samsa.log.
 */
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { first } from '../../protocol/collections/elements.ts'
import { apisByKey } from '../../protocol/registry.ts'
import { startBroker } from '../../src/index.ts'
import { ask } from './support/wire-client.ts'

const BROKER_LOGGER = 8
const NODE = '1'
const PART = 'samsa.log'
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3]
const [INVALID_CONFIG, INVALID_REQUEST] = [40, 42]
const LEVELS = 'Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN'

type Change = readonly [name: string, operation: number, value: string | null]

async function loggingBroker(t: Test) {
  const lines: { msg: string; name?: string }[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const broker = await startBroker({ port: 0, config: { 'node.id': NODE }, logger })
  t.teardown(() => broker.stop())
  const api = (key: number) => apisByKey.get(key)!
  const describe = async (resourceName: string, configurationKeys: readonly string[] | null, flags: object = {}) => {
    const resources = [{ resourceType: BROKER_LOGGER, resourceName, configurationKeys }]
    const { results } = await ask(broker.port, api(32), 4, { resources, ...flags })
    return first(results as { errorCode: number; errorMessage: string; configs: { name: string; value: string }[] }[])
  }
  const alter = async (resourceName: string, changes: readonly Change[], validateOnly = false) => {
    const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }))
    const resources = [{ resourceType: BROKER_LOGGER, resourceName, configs }]
    const { responses } = await ask(broker.port, api(44), 1, { resources, validateOnly })
    const { errorCode, errorMessage } = first(responses as { errorCode: number; errorMessage: string | null }[])
    const { configs: found } = await describe(NODE, [PART, 'root'])
    const levels = Object.fromEntries(found.map(({ name, value }) => [name, value]))
    return [errorCode, errorMessage, levels[PART], levels.root]
  }
  return { broker, lines, api, describe, alter }
}

t.test('what is described', async (t) => {
  const { describe } = await loggingBroker(t)
  const all = await describe(NODE, null)
  t.equal(all.errorCode, 0)
  const names = all.configs.map(({ name }) => name)
  t.ok(names.includes('root'))
  t.ok(names.includes(PART))
  t.same(new Set(all.configs.map(({ value }) => value)), new Set(['WARN']))
  for (const flags of [{}, { includeDocumentation: true, includeSynonyms: true }]) {
    const { configs } = await describe(NODE, ['root', 'nope'], flags)
    t.same(
      configs,
      [
        {
          name: 'root',
          value: 'WARN',
          readOnly: false,
          isDefault: false,
          configSource: 6,
          isSensitive: false,
          synonyms: [],
          configType: 0,
          documentation: '',
        },
      ].map(({ isDefault: _, ...rest }) => rest),
    )
  }
  const refused = async (name: string) => {
    const { errorCode, errorMessage, configs } = await describe(name, null)
    return [errorCode, errorMessage, configs]
  }
  t.same(await refused('2'), [INVALID_REQUEST, 'Unexpected broker id, expected 1 but received 2', []])
  t.same(await refused('x'), [INVALID_REQUEST, 'Broker id must be an integer, but it is: x', []])
  t.same(await refused(''), [INVALID_REQUEST, 'Broker id must not be empty', []])
})

t.test('levels are set and unset, and what cannot be is refused as a whole', async (t) => {
  const { alter } = await loggingBroker(t)
  const is = async (
    changes: readonly Change[],
    expected: unknown[],
    flags: { validateOnly?: boolean; on?: string } = {},
  ) => t.same(await alter(flags.on ?? NODE, changes, flags.validateOnly), expected, JSON.stringify(changes))
  const unsupported = (level: string) =>
    `Cannot set the log level of ${PART} to ${level} as it is not a supported log level. ${LEVELS}`
  const notForLoggers = (what: string) => `${what} is not allowed for the BROKER_LOGGER resource`

  await is([['root', SET, 'INFO']], [0, null, 'INFO', 'INFO'])
  await is([[PART, SET, 'DEBUG']], [0, null, 'INFO', 'INFO'], { validateOnly: true })
  await is([[PART, SET, 'DEBUG']], [0, null, 'DEBUG', 'INFO'])
  await is([[PART, SET, 'debug']], [INVALID_CONFIG, unsupported('debug'), 'DEBUG', 'INFO'])
  await is([[PART, SET, '']], [INVALID_CONFIG, unsupported(''), 'DEBUG', 'INFO'])
  await is([[PART, SET, null]], [INVALID_REQUEST, `Null value not supported for : ${PART}`, 'DEBUG', 'INFO'])
  await is([['root', SET, 'ERROR']], [0, null, 'DEBUG', 'ERROR'])
  await is([[PART, DELETE, null]], [0, null, 'ERROR', 'ERROR'])
  await is([[PART, DELETE, 'x']], [0, null, 'ERROR', 'ERROR'])
  const noRoot = 'Removing the log level of the root logger is not allowed'
  await is([['root', DELETE, null]], [INVALID_REQUEST, noRoot, 'ERROR', 'ERROR'])
  await is([['nope', SET, 'INFO']], [INVALID_CONFIG, 'Logger nope does not exist!', 'ERROR', 'ERROR'])
  await is([['nope', DELETE, null]], [INVALID_CONFIG, 'Logger nope does not exist!', 'ERROR', 'ERROR'])
  const halfGood: Change[] = [
    [PART, SET, 'INFO'],
    ['nope', SET, 'INFO'],
  ]
  await is(halfGood, [INVALID_CONFIG, 'Logger nope does not exist!', 'ERROR', 'ERROR'])
  await is([[PART, APPEND, 'INFO']], [INVALID_REQUEST, notForLoggers('APPEND operation'), 'ERROR', 'ERROR'])
  await is([[PART, SUBTRACT, 'INFO']], [INVALID_REQUEST, notForLoggers('SUBTRACT operation'), 'ERROR', 'ERROR'])
  await is([[PART, 9, 'INFO']], [INVALID_REQUEST, notForLoggers('Unknown operation type 9'), 'ERROR', 'ERROR'])
  await is([], [0, null, 'ERROR', 'ERROR'])
  const elsewhere = (level: string): Change[] => [['root', SET, level]]
  await is(elsewhere('INFO'), [INVALID_REQUEST, 'Unexpected node id. Expected 1, but received 2', 'ERROR', 'ERROR'], {
    on: '2',
  })
  await is(elsewhere('INFO'), [INVALID_REQUEST, 'Node id must be an integer, but it is: x', 'ERROR', 'ERROR'], {
    on: 'x',
  })
  await is(elsewhere('INFO'), [INVALID_REQUEST, 'Node id must be an integer, but it is: ', 'ERROR', 'ERROR'], {
    on: '',
  })
  await is(elsewhere('INFO'), [0, null, 'INFO', 'INFO'], { on: '+1' })
})

t.test('a level is in force on the running broker, and beside changes that the controller makes', async (t) => {
  const { broker, api, alter, lines } = await loggingBroker(t)
  const create = (name: string) =>
    ask(broker.port, api(19), 7, { topics: [{ name, numPartitions: 1, replicationFactor: 1 }], timeoutMs: 5_000 })
  await create('quiet')
  t.same(lines, [])
  await alter(NODE, [['samsa.groups', SET, 'DEBUG']])
  t.match(lines.splice(0), [{ name: 'samsa.broker', msg: 'Updated the log level of samsa.groups to DEBUG' }])
  // Finding the coordinator makes its topic; loading the partitions of that is told at DEBUG.
  const find = () => ask(broker.port, api(10), 4, { keyType: 0, coordinatorKeys: ['group'] })
  while (first((await find()).coordinators as { errorCode: number }[]).errorCode !== 0);
  t.match(lines[0], { name: 'samsa.groups', msg: /^Loaded __consumer_offsets-/ })
  await alter(NODE, [['samsa.groups', DELETE, null]])
  const resources = [
    {
      resourceType: BROKER_LOGGER,
      resourceName: NODE,
      configs: [{ name: 'root', configOperation: SET, value: 'ERROR' }],
    },
    {
      resourceType: 2,
      resourceName: 'quiet',
      configs: [{ name: 'retention.ms', configOperation: SET, value: '1000' }],
    },
    { resourceType: BROKER_LOGGER, resourceName: '2', configs: [] },
  ]
  const { responses } = await ask(broker.port, api(44), 1, { resources, validateOnly: false })
  t.same(
    (responses as { errorCode: number }[]).map(({ errorCode }) => errorCode),
    [0, 0, INVALID_REQUEST],
  )
  const old = { resources: [{ ...resources[0], configs: [{ name: 'root', value: 'INFO' }] }] }
  const answer = first((await ask(broker.port, api(33), 2, old)).responses as object[])
  t.match(answer, { errorCode: INVALID_REQUEST, errorMessage: 'Unknown resource type 8' })
})

t.test('a class of Apache stands for a part, and has the level of the next name above', async (t) => {
  const { alter, describe } = await loggingBroker(t)
  const CLEANER = 'kafka.log.LogCleaner'
  const cleaner = async () => (await describe(NODE, [CLEANER])).configs.map(({ value }) => value)
  t.same(await alter(NODE, [['kafka', SET, 'ERROR']]), [0, null, 'ERROR', 'WARN'])
  t.same(await cleaner(), ['ERROR'])
  t.same(await alter(NODE, [[CLEANER, SET, 'TRACE']]), [0, null, 'TRACE', 'WARN'])
  t.same(await alter(NODE, [[CLEANER, DELETE, '']]), [0, null, 'ERROR', 'WARN'])
  t.same(await cleaner(), ['ERROR'])
})
