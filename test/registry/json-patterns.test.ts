/** Patterns of property names are a client's: they cost what their length says, and fit what a JavaScript pattern would. */
import t from 'tap'
import { jsonType } from '../../src/registry/schema-types/json/json-type.ts'
import { PropertyPatterns } from '../../src/registry/schema-types/json/property-patterns.ts'

const parse = (schema: object) =>
  jsonType.parse({ schema: JSON.stringify(schema), references: [], resolved: [], isNew: true })

/** The registry's complaints about a property that is named where there was a pattern alone. */
function named(pattern: string, name: string): string[] {
  const model = { type: 'object', patternProperties: { [pattern]: { type: 'string' } }, additionalProperties: false }
  const update = parse({ ...model, properties: { [name]: { type: 'integer' } } })
  return update.incompatibilities(parse(model), 'STRICT')
}

t.test('patterns are found anywhere in a name, as JavaScript finds them', async (t) => {
  const patterns = new PropertyPatterns()
  const cases: [pattern: string, name: string][] = [
    ['^S_', 'S_a'],
    ['^S_', 'a_S_'],
    ['a', 'bab'],
    ['^\\u00e4+$', 'ää'],
    ['\\p{L}', '1'],
    ['a\\/b', 'a/b'],
    ['(?<x>a)b', 'ab'],
    ['[\\w-]{2,3}$', 'a-'],
  ]
  for (const [pattern, name] of cases) {
    t.equal(patterns.fits(pattern, name), new RegExp(pattern, 'u').test(name), `${pattern} in ${name}`)
  }
  for (const pattern of ['(', '(?=a)', '(a)\\1', '(a{1000}){1000}', '((((a{30}){30}){30}){30}){30}'])
    t.notOk(patterns.fits(pattern, 'aa'), `${pattern} is not known`)
})

t.test('a pattern that would go back for ever is judged at once', async (t) => {
  t.match(named('^(a+)+', 'aaa').join(), 'PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL')
  t.same(named('^(a+)+$', `${'a'.repeat(1000)}!`), [], 'the pattern does not cover it')
})
