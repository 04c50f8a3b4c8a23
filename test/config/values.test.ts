/** values.json is what Apache's ConfigDef of 4.4.0 made of each text (Values.java): its canonical value, or its exception. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { unchecked } from '../../protocol/unchecked.ts'
import type { Definitions } from '../../src/config/definition.ts'
import { brokerDefinitions, topicDefinitions } from '../../src/config/tables.ts'
import { ConfigError, parseValue } from '../../src/config/values.ts'

interface Verdict {
  scope: 'broker' | 'topic'
  name: string
  text: string
  value: string | null
  error: string | null
}

const verdicts: Verdict[] = JSON.parse(readFileSync(join(import.meta.dirname, 'values.json'), 'utf8'))

for (const { scope, name, text, value, error } of verdicts) {
  t.test(`${name}=${text}`, (t) => {
    const table: Definitions = scope === 'broker' ? brokerDefinitions : topicDefinitions
    const definition = table[name]
    const parse = () => parseValue(name, definition, text)
    if (error === null) t.equal(parse().text, value)
    else {
      const thrown = unchecked<Error>(t.throws(parse, ConfigError))
      // The sentence is Apache's too, except for the rules that Apache has as code and for the order of enum names.
      const custom = definition.validator?.kind === 'custom' || definition.validator?.kind === 'enum-ignore-case'
      if (!custom) t.equal(thrown.message, error)
    }
    t.end()
  })
}

t.test('a long keeps its exact text', (t) => {
  const { value, text } = parseValue('flush.ms', topicDefinitions['flush.ms'], '9223372036854775807')
  t.equal(text, '9223372036854775807')
  t.equal(value, 2 ** 63)
  t.end()
})

t.test('a password is not shown', (t) => {
  const { value, text } = parseValue('ssl.key.password', brokerDefinitions['ssl.key.password'], 'secret')
  t.equal(value, 'secret')
  t.equal(text, '[hidden]')
  t.end()
})
