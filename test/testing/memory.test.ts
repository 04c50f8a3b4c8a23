/** Data in memory: a broker without files, its copy on the disk, and brokers that begin from a directory. */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startBroker } from '../../src/index.ts'
import { packagedCommand } from '../support/packaged-command.ts'
import { clientOf, consumeAll, produce } from './support.ts'

t.setTimeout(120_000)

const command = await packagedCommand(t.testdir())

const verify = (directory: string) =>
  spawnSync(process.execPath, [command, 'log', 'verify', '--json', directory], { encoding: 'utf8' })

function timesOf(directory: string): Record<string, number> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return Object.fromEntries(names.map((name) => [name, statSync(join(directory, name)).mtimeMs]))
}

t.test('what a broker in memory saves is a data directory, from which others begin', async (t) => {
  const data = join(t.testdir(), 'saved')
  await using first = await startBroker({ topics: ['orders:2'] })
  await produce(first, 'orders', ['a', 'b', 'c'])
  await consumeAll(first, 'orders', { groupId: 'billing', count: 3 })
  await first.save(data)
  await produce(first, 'orders', ['too late'])

  const verified = verify(data)
  t.equal(verified.stderr, '')
  t.match(JSON.parse(verified.stdout.trim().split('\n').at(-1)!), { type: 'summary', damage: 0, repair: 0 })

  const before = timesOf(data)
  await using second = await startBroker({ from: data })
  await using third = await startBroker({ from: data })
  await produce(second, 'orders', ['second'])
  await produce(third, 'orders', ['third'])
  t.same(await consumeAll(second, 'orders', { groupId: 'other', count: 4 }), ['a', 'b', 'c', 'second'])
  t.same(await consumeAll(third, 'orders', { groupId: 'billing', count: 1 }), ['third'], 'its offsets came along')
  t.same(timesOf(data), before, 'the directory is as it was')

  await using onDisk = await startBroker({ data })
  t.same(await consumeAll(onDisk, 'orders', { groupId: 'billing', count: 0 }), [])
  await t.rejects(startBroker({ from: data }), {
    message: `A broker is running on ${data}: stop it first, or name a copy of it.`,
  })
})

t.test('transactions and producers are in a saved directory as well', async (t) => {
  const data = join(t.testdir(), 'saved')
  await using first = await startBroker({ topics: ['orders'] })
  const producer = clientOf(first).producer({ transactionalId: 'tx', maxInFlightRequests: 1, idempotent: true })
  await producer.connect()
  const committed = await producer.transaction()
  await committed.send({ topic: 'orders', messages: [{ value: 'committed' }] })
  await committed.commit()
  const aborted = await producer.transaction()
  await aborted.send({ topic: 'orders', messages: [{ value: 'aborted' }] })
  await aborted.abort()
  await producer.disconnect()
  await first.save(data)
  await using second = await startBroker({ from: data })
  t.same(await consumeAll(second, 'orders', { groupId: 'g', count: 1 }), ['committed'])
})

t.test('mistakes', async (t) => {
  const data = t.testdir({ file: '' })
  await using broker = await startBroker()
  await t.rejects(broker.save(data), {
    message: `${data} is not empty: name a directory that is, or is not there yet.`,
  })
  await t.rejects(startBroker({ from: data }), { message: /is no data directory of a broker/ })
  await t.rejects(startBroker({ from: data, data }), { message: /^`data` and `from` were both given/ })
  await using onDisk = await startBroker({ data: join(t.testdir(), 'data') })
  await t.rejects(onDisk.save(join(data, 'x')), { message: /^The data of this broker is in / })
})

t.test("Kafka's own keys for directories are taken for what they say", async (t) => {
  for (const key of ['log.dirs', 'log.dir']) {
    const folder = join(t.testdir(), 'data')
    const options = { config: { [key]: folder }, topics: ['orders'] }
    await using first = await startBroker(options)
    t.equal(first.data, folder)
    await produce(first, 'orders', ['a'])
    await t.rejects(
      first.fork(),
      {
        message: `The data of this broker is in ${folder}: a broker without \`data\` has it in memory, and can copy it while it runs.`,
      },
      key,
    )
    await first.reset()
    t.same(
      readdirSync(folder).filter((name) => name === 'orders-0'),
      ['orders-0'],
      'the topic is on disk',
    )
    await produce(first, 'orders', ['b'])
    await first.stop()
    await t.rejects(startBroker({ ...options, from: folder }), {
      message: new RegExp(`^log.dirs=${folder} and .from. were both given`),
    })
    await using second = await startBroker(options)
    t.same(await consumeAll(second, 'orders', { groupId: 'g', count: 1 }), ['b'])
  }
})
