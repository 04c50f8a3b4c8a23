import fc from 'fast-check'
import t from 'tap'
import { formatUsers, parseUsers } from '../../src/config/index.ts'

t.test('users survive as text, whatever their passwords are', (t) => {
  t.same(
    [...parseUsers('alice:secret,bob:a:b\\,c\\\\')],
    [
      ['alice', 'secret'],
      ['bob', 'a:b,c\\'],
    ],
  )
  const name = fc.string({ minLength: 1 }).filter((text) => !text.includes(':') && text !== '__proto__')
  fc.assert(
    fc.property(fc.dictionary(name, fc.string({ minLength: 1 }), { noNullPrototype: true }), (users) => {
      t.same(Object.fromEntries(parseUsers(formatUsers(users))), users)
    }),
  )
  t.end()
})
