import t from 'tap'
import { InvariantError, invariant, invariantFailures, present, violation } from '../../src/env/invariant.ts'

t.test('a check that holds costs nothing and says nothing', async (t) => {
  invariant(1 + 1 === 2, 'timeline', 'numbers add up')
  t.equal(present(0, 'timeline', 'there is a value'), 0, 'a value that is falsy is a value')
  t.notOk(invariantFailures().has('timeline'))
})

t.test('a check that fails throws, names its part and is counted', async (t) => {
  const claim = 'offsets rise'
  t.throws(() => invariant(false, 'pipeline', claim), {
    name: 'InvariantError',
    part: 'pipeline',
    message: /offsets rise/,
  })
  t.throws(() => present(undefined, 'pipeline', claim), InvariantError)
  t.throws(() => present(null, 'pipeline', claim), InvariantError)
  t.type(violation('slab', claim), InvariantError)
  t.equal(invariantFailures().get('pipeline'), 3)
  t.equal(invariantFailures().get('slab'), 1)
})
