/** `samsa consume --group`, as a process whose member is removed: it joins again, and what it had not committed is read again. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { startBroker } from '../../../src/index.ts'
import { packagedCommand } from '../../support/packaged-command.ts'

const MAIN = await packagedCommand(t.testdir())
t.setTimeout(180_000)

for (const protocol of ['classic', 'consumer']) {
  t.test(`a member of the ${protocol} protocol that was removed goes on`, async (t) => {
    // The next commit, after 5 s, comes before the heartbeat that tells the member of its removal.
    const config = { 'group.consumer.heartbeat.interval.ms': '7000' }
    await using broker = await startBroker({ topics: ['orders'], config })
    await broker.produce('orders', ['before'])
    const bootstrap = ['--bootstrap-server', broker.bootstrapServers]
    const group = ['--group', 'g', '--group-protocol', protocol, '--session-timeout', '21000']
    const consumer = spawn(process.execPath, [MAIN, 'consume', 'orders', ...group, '--from', 'beginning', ...bootstrap])
    t.teardown(() => consumer.kill('SIGKILL'))
    let printed = ''
    let complaints = ''
    consumer.stdout.on('data', (chunk) => {
      printed += chunk
    })
    consumer.stderr.on('data', (chunk) => {
      complaints += chunk
    })
    const exited = once(consumer, 'exit').then(() => Promise.reject(new Error(`it ended: ${complaints}`)))
    const sees = async (value: string) => {
      while (!printed.includes(value)) await Promise.race([once(consumer.stdout, 'data'), exited])
    }
    await sees('before')
    const removal = spawn(process.execPath, [MAIN, 'groups', 'remove-members', 'g', '--all', ...bootstrap])
    await once(removal, 'exit')
    await broker.groupSettled('g', { members: 1, timeoutMs: 60_000 })
    await broker.produce('orders', ['after'])
    await sees('after')
    exited.catch(() => {})
    t.equal(complaints, '')
  })
}
