import t from 'tap'
import { StandardAuthorizer } from '../../src/security/acl/standard-authorizer.ts'

const alice = { type: 'User', name: 'alice' }

t.test('verdicts on names and for clients without end are forgotten', (t) => {
  const authorizer = new StandardAuthorizer({ superUsers: new Set(), isOpenByDefault: false })
  const judge = (address: string, name: string) => authorizer.client(alice, address).judge('READ', 'GROUP', name)
  for (let i = 0; i < 25_000; i++) judge('::1', `g${i}`)
  t.ok(authorizer.keptVerdicts <= 10_000, 'of one client')
  const before = authorizer.keptVerdicts
  for (let i = 0; i < 100; i++) judge('::1', `${i}`.padEnd(30_000, 'x'))
  t.equal(authorizer.keptVerdicts, before, 'none on names that are long')
  let most = 0
  for (let address = 0; address < 300; address++) {
    for (let i = 0; i < 1_000; i++) judge(`2001:db8::${address.toString(16)}`, `g${i}`)
    most = Math.max(most, authorizer.keptVerdicts)
  }
  t.ok(most > 100_000 && most <= 200_000, 'of all clients')
  t.equal(judge('::1', 'g1').isAllowed, false)
  t.end()
})
