import { networkInterfaces } from 'node:os'
import t from 'tap'
import { nodeNetwork } from '../../src/env/node/network.ts'
import { networkContract, Peer } from './network-contract.ts'

networkContract(t, async () => ({ network: nodeNetwork, host: 'localhost', settle: (promise) => promise }))

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'))

t.test('localhost listens on IPv4 and IPv6', { skip: !hasIpv6 && 'this machine has no ::1' }, async (t) => {
  const addresses: string[] = []
  const listener = await nodeNetwork.listen({ host: 'localhost', port: 0 }, (connection) => {
    addresses.push(connection.localAddress)
    new Peer(connection, { end: undefined })
  })
  for (const host of ['127.0.0.1', '::1']) {
    const client = new Peer(await nodeNetwork.connect({ host, port: listener.port, timeoutMs: 1000 }))
    client.connection.end()
    await client.has('close')
  }
  t.strictSame(addresses, ['127.0.0.1', '::1'])
  await listener.close()
})

t.test('an IPv4 peer of a dual-stack listener has a plain address', async (t) => {
  let remoteAddress = ''
  const listener = await nodeNetwork.listen({ host: '', port: 0 }, (connection) => {
    remoteAddress = connection.remoteAddress
    new Peer(connection, { end: undefined })
  })
  const client = new Peer(await nodeNetwork.connect({ host: '127.0.0.1', port: listener.port, timeoutMs: 1000 }))
  client.connection.end()
  await client.has('close')
  t.equal(remoteAddress, '127.0.0.1')
  await listener.close()
})

t.test('an address of another machine', async (t) => {
  await t.rejects(
    nodeNetwork.listen({ host: '192.0.2.1', port: 0 }, () => {}),
    { code: 'EADDRNOTAVAIL', message: /no address 192\.0\.2\.1/ },
  )
})

t.test(
  'a connection that has ended is read to its end, though it was paused: a paused socket keeps no process alive',
  async (t) => {
    const accepted = new Promise<Peer>((resolve) => {
      nodeNetwork
        .listen({ host: 'localhost', port: 0 }, (connection) => resolve(new Peer(connection)))
        .then(async (listener) => {
          const client = new Peer(
            await nodeNetwork.connect({ host: 'localhost', port: listener.port, timeoutMs: 1000 }),
          )
          await client.has('end')
          client.connection.end()
          await listener.close()
        })
    })
    const server = await accepted
    server.connection.end()
    server.connection.pause()
    await server.has('close')
    t.strictSame(server.error, null)
  },
)
