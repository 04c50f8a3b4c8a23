import type { Socket } from 'node:net'

/** The connections of this process, outgoing ones among them. */
let count = 0

export const openConnections = (): number => count

/** Counts the socket until it is closed. */
export function counted(socket: Socket): Socket {
  count++
  socket.once('close', () => count--)
  return socket
}
