import t from 'tap'
import { SeededRandom } from '../../proof/sim/random.ts'
import { World } from '../../proof/sim/world.ts'
import type { Connection, Environment } from '../../src/env/index.ts'
import { networkContract, Peer } from '../env/network-contract.ts'

for (const seed of [1, 2, 3]) {
  t.test(`the contract of the network, seed ${seed}`, async (t) => {
    networkContract(t, async () => {
      const world = new World(seed)
      const node = world.spawn('node', () => {})
      const settle = <Result>(promise: Promise<Result>) => world.settle(promise)
      return { network: node.process.environment.network, host: 'localhost', settle }
    })
  })
}

/** A server that answers every byte, a client that talks to it, a disk that is written to: a bit of everything. */
async function livelyWorld(seed: number): Promise<World> {
  const world = new World(seed)
  const server = world.spawn('server', async ({ network, files, clock }) => {
    const file = await files.open('/log', 'write')
    let position = await file.sizeBytes()
    await network.listen({ host: 'server', port: 9092 }, (connection) => {
      connection.handle({
        data: (chunk) => {
          file.write([chunk], position, () => connection.write([chunk]))
          position += chunk.length
        },
        close: () => clock.schedule(10, () => void file.sync().catch(() => {})),
      })
    })
  })
  world.spawn('client', ({ network, random, clock }: Environment) => {
    const talk = () => {
      network.connect({ host: 'server', port: 9092, timeoutMs: 500 }).then(
        (connection) => {
          connection.handle({
            data: () => connection.write([random.bytes(100)]),
            close: () => clock.schedule(50, talk),
          })
          connection.write([random.bytes(1000)])
        },
        () => clock.schedule(100, talk),
      )
    }
    talk()
  })
  await world.runFor(500)
  server.crashAfter(20, 'power')
  await world.runUntil(() => !server.isUp, 'the crash')
  server.start()
  await world.runFor(2000)
  return world
}

t.test('the same seed gives the same trace, another seed another', async (t) => {
  const [first, again, other] = [await livelyWorld(42), await livelyWorld(42), await livelyWorld(43)]
  t.ok(first.trace.count > 1000)
  t.equal(again.trace.hash, first.trace.hash)
  t.equal(again.trace.count, first.trace.count)
  t.not(other.trace.hash, first.trace.hash)
})

t.test('random streams', async (t) => {
  const random = new SeededRandom('a')
  const draws = Array.from({ length: 10_000 }, () => random.integer(10))
  for (let digit = 0; digit < 10; digit++) {
    const share = draws.filter((draw) => draw === digit).length
    t.ok(share > 800 && share < 1200, `${digit} is drawn ${share} times of 10,000`)
  }
  t.strictSame(new SeededRandom('a').stream('x').bytes(8), new SeededRandom('a').stream('x').bytes(8))
  t.notSame(new SeededRandom('a').stream('x').bytes(8), new SeededRandom('a').stream('y').bytes(8))
})

t.test('time', async (t) => {
  const world = new World(1)
  const node = world.spawn('node', () => {})
  const { clock } = node.process.environment
  const log: string[] = []
  const startMs = clock.nowMs()
  clock.schedule(100, () => log.push(`late at ${clock.nowMs() - startMs}`))
  clock.schedule(50, () => {
    log.push('early')
    clock.defer(() => log.push('deferred'))
    Promise.resolve().then(() => log.push('microtask'))
  })
  clock.schedule(70, () => log.push('never')).cancel()
  await world.runFor(1000)
  t.strictSame(log, ['early', 'microtask', 'deferred', 'late at 100'])
  node.wallOffsetMs = -5000
  t.equal(clock.nowMs() - startMs, 1000 - 5000, 'the wall clock may go back')
  t.equal(clock.monotonicMs(), 1000, 'the other one does not')
})

t.test('after a pause timers are due first, then the input, then what was deferred', async (t) => {
  const world = new World(1)
  const log: string[] = []
  let server: Connection | undefined
  const node = world.spawn('node', async ({ network }) => {
    await network.listen({ host: 'node', port: 1 }, (connection) => {
      server = connection
      connection.handle({ data: () => log.push('data'), close: () => {} })
    })
  })
  const client = world.spawn('client', () => {})
  await world.runFor(10)
  const { network } = client.process.environment
  const peer = new Peer(await world.settle(network.connect({ host: 'node', port: 1, timeoutMs: 100 })))
  await world.runUntil(() => server !== undefined, 'the connection')
  const { clock } = node.process.environment
  clock.schedule(500, () => {
    log.push('timer')
    clock.defer(() => log.push('judged'))
  })
  node.process.pause(1000)
  peer.send('heartbeat')
  await world.runFor(999)
  t.strictSame(log, [])
  await world.runFor(2)
  t.strictSame(log, ['timer', 'data', 'judged'])
})

t.test('links', async (t) => {
  const world = new World(7)
  const peers: Peer[] = []
  const server = world.spawn('server', async ({ network }) => {
    await network.listen({ host: 'server', port: 1 }, (connection) => peers.push(new Peer(connection)))
  })
  const client = world.spawn('client', () => {})
  await world.runFor(10)
  const { network } = client.process.environment
  const connect = () => network.connect({ host: 'server', port: 1, timeoutMs: 100 })
  const near = new Peer(await world.settle(connect()))
  await world.runUntil(() => peers.length === 1, 'the accepted connection')
  const far = peers[0]

  world.net.cut(client, server)
  near.send('kept back')
  await world.runFor(60_000)
  t.equal(far.receivedBytes, 0)
  await t.rejects(world.settle(connect()), { code: 'ETIMEDOUT' })
  world.net.heal(client, server)
  await world.runFor(10)
  t.equal(far.received.toString(), 'kept back')

  world.net.reset(client, server)
  await world.runFor(10)
  t.match(near.error, { name: 'NetworkError', code: 'ECONNRESET' })
  t.match(far.error, { code: 'ECONNRESET' })

  const second = new Peer(await world.settle(connect()))
  server.crash('kill')
  await world.runFor(10)
  t.ok(second.events.length > 0, 'a killed process is noticed')
  await t.rejects(world.settle(connect()), { code: 'ECONNREFUSED' })
  server.start()
  await world.runFor(10)
  t.ok(await world.settle(connect()))
})

t.test('an error of a node fails the run, with the seed and the story', async (t) => {
  const world = new World('failing')
  world.spawn('node', async ({ files }) => {
    await files.readFile('/none')
  })
  await t.rejects(world.runFor(100), /cannot read \/none[\s\S]*seed failing, trace [0-9a-f]{16}[\s\S]*node readFile/)
})
