/** `samsa acls explain`, as a process, on the data of a broker that runs. */
import { execFile } from 'node:child_process'
import t from 'tap'
import { startBroker } from '../../src/index.ts'
import { packagedCommand } from '../support/packaged-command.ts'

const MAIN = await packagedCommand(t.testdir())
t.setTimeout(180_000)

function explain(data: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const all = [MAIN, 'acls', 'explain', '--data', data, ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, all, { env: { PATH: process.env.PATH } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

t.test('a verdict, and the ACL that decides', async (t) => {
  const data = t.testdir()
  await using _broker = await startBroker({
    data,
    acls: ['alice:read:topic:orders*', 'deny:alice:read:topic:orders-1', 'bob@10.0.0.0/8:all:group:g'],
  })
  const alice = ['--principal', 'alice', '--operation', 'Read']
  const [denied, allowed, host, root, nothing] = await Promise.all([
    explain(data, ...alice, '--topic', 'orders-1'),
    explain(data, ...alice, '--topic', 'orders-2', '--json'),
    explain(data, '--principal', 'User:bob', '--host', '10.9.9.9', '--operation', 'describe', '--group', 'g'),
    explain(data, ...alice, '--topic', 'secret', '--set', 'super.users=User:alice'),
    explain(t.testdirName, ...alice, '--topic', 'orders-1', '--data', `${data}/nothing`),
  ])
  t.strictSame(denied, {
    code: 1,
    stdout:
      'User:alice at 127.0.0.1 is denied READ on TOPIC:orders-1\n  by DENY READ to User:alice from * on TOPIC:LITERAL:orders-1\n',
    stderr: '',
  })
  t.equal(allowed?.code, 0)
  t.match(JSON.parse(allowed?.stdout ?? ''), { verdict: 'allowed', rule: { resourceName: 'orders' }, acls: 3 })
  t.match(host, { code: 0, stdout: /by ALLOW ALL to User:bob from 10\.0\.0\.0\/8 on GROUP:LITERAL:g/ })
  t.match(root, { code: 0, stdout: /by super\.users/ })
  t.match(nothing, { code: 2, stderr: /has no metadata log/ })
})
