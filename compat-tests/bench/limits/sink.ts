/**
 * The least that a Node process can do with what a producer sends: receive bytes and write them to a file. Also sends
 * back what it gets, for round trips, when started with `echo`. Prints its port.
 */
import { ftruncateSync, openSync, writeSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'

const [mode, file] = process.argv.slice(2)
const descriptor = mode === 'echo' ? null : openSync(file, 'w')

const server = createServer({ noDelay: true }, (socket) => {
  // Each run begins with an empty file.
  if (descriptor !== null) ftruncateSync(descriptor)
  socket.on('data', (bytes) => {
    if (descriptor === null) socket.write(bytes)
    else writeSync(descriptor, bytes)
  })
  socket.on('error', () => {})
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
