/** Carries bytes between its clients and 127.0.0.1:PORT, and does nothing else: the least that a process on the way costs. */
import { type AddressInfo, connect, createServer } from 'node:net'

const [, , port] = process.argv

const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ port: Number(port), host: '127.0.0.1', noDelay: true })
  client.pipe(upstream).pipe(client)
  client.on('error', () => upstream.destroy())
  upstream.on('error', () => client.destroy())
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
