import t from 'tap'
import { ShareSessions } from '../../src/share/share-sessions.ts'

t.test('a member that begins sessions again and again is waited for once on each connection', async (t) => {
  const sessions = new ShareSessions(10)
  const [connection, other] = [{}, {}]
  t.ok(sessions.isFirstOn(connection, 'workers', 'm-1'))
  t.notOk(sessions.isFirstOn(connection, 'workers', 'm-1'))
  t.ok(sessions.isFirstOn(connection, 'workers', 'm-2'), 'another member of the same connection')
  t.ok(sessions.isFirstOn(connection, 'packers', 'm-1'), 'another group')
  t.ok(sessions.isFirstOn(other, 'workers', 'm-1'), 'another connection')
})
