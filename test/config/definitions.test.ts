/** The tables are Apache's: every key, type, default, validator and update mode of configs.json, and nothing else. */
import t from 'tap'
import { samsaDefaults } from '../../src/config/defaults.ts'
import type { Definition, Definitions } from '../../src/config/definition.ts'
import { authorizerDefinitions } from '../../src/config/definitions/authorizer.ts'
import {
  brokerDefinitions,
  brokerSynonyms,
  clientMetricsDefinitions,
  dynamicOnlyDefinitions,
  groupDefinitions,
  groupSynonyms,
  topicDefinitions,
  topicSynonyms,
} from '../../src/config/tables.ts'
import { facts } from '../support/facts.ts'

interface Fact {
  name: string
  type: string
  default?: string | null
  required?: boolean
  internal?: boolean
  validator?: { kind: string; min?: string; max?: string; values?: string[]; text?: string }
  updateMode?: string
  brokerConfig?: string | null
  brokerSynonyms?: { name: string; multiplyBy?: string }[]
}

const configs = facts('configs.json')

function checkTable(name: string, rows: Fact[], table: Definitions, own: (key: string) => boolean = () => false): void {
  t.test(name, (t) => {
    t.same(
      Object.keys(table)
        .filter((key) => !own(key))
        .sort(),
      rows.map((row) => row.name).sort(),
    )
    for (const row of rows) t.same(factOf(row.name, table[row.name]), expected(row), row.name)
    t.end()
  })
}

function expected(row: Fact) {
  return {
    name: row.name,
    type: row.type,
    default: row.default ?? null,
    required: row.required ?? false,
    internal: row.internal ?? false,
    updateMode: row.updateMode ?? 'read-only',
    validator: row.validator ?? null,
  }
}

/** A definition in the words of configs.json. */
function factOf(name: string, definition: Definition) {
  const { type, required, internal, updateMode, validator } = definition
  return {
    name,
    type,
    default: definition.default,
    required,
    internal,
    updateMode,
    validator: validatorFact(validator),
  }
}

function validatorFact(validator: Definition['validator']) {
  switch (validator?.kind) {
    case undefined:
      return null
    case 'custom':
      return validator.text.startsWith('[') ? { kind: 'custom', text: validator.text } : { kind: validator.text }
    case 'range':
      return {
        kind: 'range',
        ...(validator.min === undefined ? {} : { min: String(validator.min) }),
        ...(validator.max === undefined ? {} : { max: String(validator.max) }),
      }
    default:
      return validator
  }
}

const isOutside = (key: string) => /^(?:samsa|confluent)\./.test(key) || key in authorizerDefinitions
checkTable('broker', configs.broker, brokerDefinitions, isOutside)
checkTable('topic', configs.topic, topicDefinitions, isOutside)
checkTable('group', configs.group, groupDefinitions)
checkTable('client metrics', configs.clientMetrics, clientMetricsDefinitions)

t.test('dynamic keys without a static one', (t) => {
  t.same(Object.keys(dynamicOnlyDefinitions).sort(), [...configs.dynamic.dynamicOnlyBrokerConfigs].sort())
  for (const row of configs.quotas.broker as Fact[]) {
    const definition = (dynamicOnlyDefinitions as Definitions)[row.name]
    t.equal(definition.type, row.type)
    t.equal(definition.default, row.default)
  }
  t.end()
})

t.test('what may change while the broker runs', (t) => {
  const dynamic = Object.entries({ ...brokerDefinitions, ...dynamicOnlyDefinitions } as Definitions)
    .filter(([, { updateMode }]) => updateMode !== 'read-only')
    .map(([name]) => name)
  t.same(dynamic.sort(), [...configs.dynamic.ALL_DYNAMIC_CONFIGS].sort())
  t.end()
})

t.test('synonyms', (t) => {
  for (const row of configs.topic as Fact[]) {
    const broker = topicSynonyms[row.name as keyof typeof topicSynonyms]
    t.equal(broker, row.brokerConfig ?? null, row.name)
    const chain = broker ? (brokerSynonyms[broker] ?? [{ name: broker, factor: 1 }]) : []
    const factors = (row.brokerSynonyms ?? []).map(({ name, multiplyBy }) => ({
      name,
      factor: Number(multiplyBy ?? 1),
    }))
    t.same(chain, factors, row.name)
  }
  for (const row of configs.group as Fact[]) {
    t.equal(groupSynonyms[row.name as keyof typeof groupSynonyms], row.brokerConfig ?? null, row.name)
  }
  t.end()
})

t.test('samsa differs where it says so', (t) => {
  for (const { name, value, why } of samsaDefaults) {
    t.not(brokerDefinitions[name].default, value, name)
    t.ok(why)
  }
  t.end()
})
