import type { Test } from 'tap'
import type { Connection, ConnectionHandlers, Listener, Network, NetworkError } from '../../src/env/index.ts'

/** The promises of every `Network`. `settle` lets a simulated world run until the promise is settled. */
export interface NetworkUnderTest {
  network: Network
  host: string
  settle<Result>(promise: Promise<Result>): Promise<Result>
}

/** A connection whose events can be waited for. */
export class Peer {
  readonly connection: Connection
  readonly chunks: Buffer[] = []
  receivedBytes = 0
  /** 'end', 'drain' and 'close' in the order of their arrival. */
  readonly events: string[] = []
  error: NetworkError | null = null
  #changed: () => void = () => {}

  constructor(connection: Connection, handlers: Partial<ConnectionHandlers> = {}) {
    this.connection = connection
    const note = (event: string) => {
      this.events.push(event)
      this.#changed()
    }
    connection.handle({
      data: (chunk) => {
        // The memory is the network's.
        this.chunks.push(Buffer.from(chunk))
        this.receivedBytes += chunk.length
        this.#changed()
      },
      drain: () => note('drain'),
      end: () => note('end'),
      close: (error) => {
        this.error = error
        note('close')
      },
      ...handlers,
    })
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks)
  }

  send(...texts: string[]): boolean {
    return this.connection.write(texts.map((text) => Buffer.from(text)))
  }

  wake(): void {
    this.#changed()
  }

  async until(condition: (peer: Peer) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => (this.#changed = resolve))
  }

  has(event: string): Promise<void> {
    return this.until(() => this.events.includes(event))
  }

  gets(text: string): Promise<void> {
    return this.until(() => this.received.toString() === text)
  }
}

interface Pair {
  client: Peer
  server: Peer
  listener: Listener
}

async function pair(network: Network, host: string, handlers?: Partial<ConnectionHandlers>): Promise<Pair> {
  let accepted: (peer: Peer) => void
  const server = new Promise<Peer>((resolve) => (accepted = resolve))
  const listener = await network.listen({ host, port: 0 }, (connection) => accepted(new Peer(connection, handlers)))
  const client = new Peer(await network.connect({ host, port: listener.port, timeoutMs: 1000 }))
  return { client, server: await server, listener }
}

export function networkContract(t: Test, make: () => Promise<NetworkUnderTest>): void {
  const check = (name: string, run: (t: Test, network: Network, host: string) => Promise<void>) =>
    t.test(name, async (t) => {
      const { network, host, settle } = await make()
      await settle(run(t, network, host))
    })

  check('bytes arrive in order in both directions', async (t, network, host) => {
    const { client, server, listener } = await pair(network, host)
    t.equal(client.send('a', 'bc'), true)
    client.send('d')
    server.send('answer')
    await Promise.all([server.gets('abcd'), client.gets('answer')])
    t.equal(server.connection.remotePort, client.connection.localPort)
    t.equal(server.connection.localPort, listener.port)
    t.equal(client.connection.remotePort, listener.port)
    t.ok(server.connection.remoteAddress)
    client.connection.end()
    await server.has('end')
    server.connection.end()
    await Promise.all([server.has('close'), client.has('close')])
    t.equal(server.error, null)
    t.equal(client.error, null)
    t.strictSame(server.events, ['end', 'close'])
    await listener.close()
  })

  check('what was written before the end arrives', async (t, network, host) => {
    const { client, server, listener } = await pair(network, host)
    const large = 'x'.repeat(3_000_000)
    client.send(large, 'last')
    t.ok(client.connection.bufferedBytes > 0)
    client.connection.end()
    t.equal(client.send('too late'), true)
    await server.has('end')
    t.equal(server.receivedBytes, large.length + 4)
    server.send('half-open: still heard? no, but no error either')
    server.connection.end()
    await Promise.all([server.has('close'), client.has('close')])
    t.equal(client.receivedBytes, 0, 'after end the rest is dropped')
    t.equal(server.error, null)
    await listener.close()
  })

  check('without an end handler the connection closes when the peer ends', async (t, network, host) => {
    const { client, server, listener } = await pair(network, host, { end: undefined })
    client.connection.end()
    await Promise.all([server.has('close'), client.has('close')])
    t.equal(server.error, null)
    await listener.close()
  })

  check('a peer that does not read holds the writer back', async (t, network, host) => {
    const { client, server, listener } = await pair(network, host)
    server.connection.pause()
    const piece = 'y'.repeat(1_000_000)
    let sent = 0
    while (sent < 20) {
      sent++
      if (!client.send(piece)) break
    }
    t.ok(sent < 20, 'write says stop')
    for (; sent < 20; sent++) client.send(piece)
    t.ok(client.connection.bufferedBytes > 1_000_000)
    server.connection.resume()
    await server.until(() => server.receivedBytes === 20_000_000)
    await client.has('drain')
    t.equal(client.connection.bufferedBytes, 0)
    client.connection.end()
    server.connection.end()
    await Promise.all([server.has('close'), client.has('close')])
    await listener.close()
  })

  check('bytes are read where the handlers want them', async (t, network, host) => {
    const place = Buffer.alloc(200_000)
    let placed = -1
    const { client, server, listener } = await pair(network, host, {
      target: () => (placed >= 0 && placed < place.length ? place.subarray(placed) : null),
      filled: (count) => {
        placed += count
        server.receivedBytes += count
        if (placed === place.length) server.events.push('placed')
        server.wake()
      },
      data: (chunk) => {
        server.chunks.push(Buffer.from(chunk))
        server.receivedBytes += chunk.length
        if (placed < 0) placed = 0
        server.wake()
      },
    })
    client.send('first')
    await server.gets('first')
    client.send('z'.repeat(place.length), 'behind')
    await server.gets('firstbehind')
    t.strictSame(server.events, ['placed'])
    t.equal(place.toString(), 'z'.repeat(place.length))
    server.connection.destroy()
    client.connection.destroy()
    await Promise.all([server.has('close'), client.has('close')])
    await listener.close()
  })

  check('who writes hears when the bytes have left, or never will', async (t, network, host) => {
    const { client, server, listener } = await pair(network, host)
    let left = 0
    const note = () => left++
    client.connection.write([Buffer.from('a'), Buffer.from('b')], note)
    await server.gets('ab')
    t.equal(left, 1)
    server.connection.pause()
    const large = Buffer.alloc(30_000_000)
    client.connection.write([large], note)
    client.connection.write([Buffer.from('last')], note)
    client.connection.destroy()
    await client.has('close')
    t.equal(left, 3)
    t.equal(client.connection.write([Buffer.from('too late')], note), true)
    t.equal(left, 4)
    server.connection.destroy()
    await listener.close()
  })

  check('destroy closes both sides', async (t, network, host) => {
    const { client, server, listener } = await pair(network, host)
    server.connection.destroy()
    server.connection.destroy()
    server.send('nobody hears this')
    server.connection.end()
    await Promise.all([server.has('close'), client.until(() => client.events.length > 0)])
    client.connection.end()
    await client.has('close')
    t.equal(server.events.filter((event) => event === 'close').length, 1)
    await listener.close()
  })

  check('listening', async (t, network, host) => {
    const listener = await network.listen({ host, port: 0 }, (connection) => new Peer(connection))
    await t.rejects(
      network.listen({ host, port: listener.port }, () => {}),
      { name: 'NetworkError', code: 'EADDRINUSE', message: new RegExp(`^Port ${listener.port} .*already in use`) },
    )
    const client = new Peer(await network.connect({ host, port: listener.port, timeoutMs: 1000 }))
    await listener.close()
    await t.rejects(network.connect({ host, port: listener.port, timeoutMs: 1000 }), { code: 'ECONNREFUSED' })
    t.strictSame(client.events, [], 'open connections live on')
    client.connection.destroy()
    const again = await network.listen({ host, port: listener.port }, () => {})
    t.equal(again.port, listener.port, 'the port is free again')
    await again.close()
  })

  check('names', async (t, network, host) => {
    t.ok((await network.resolve(host)).length > 0)
  })
}
