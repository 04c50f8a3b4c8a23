/**
 * Handshakes over sockets against a samsa of its own process: mutated TLS and SASL, thousands of connections that never
 * finish, and slow ones. Meanwhile a client that has logged in asks and is answered.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as tlsConnect } from 'node:tls'
import { frameOf } from '../corpus.ts'
import { mutate } from '../mutate.ts'
import { anyConversation } from './conversations.ts'

type Random = (below: number) => number

export interface CrowdPorts {
  sasl: number
  tls: number
}

/** Connections that attack at the same time. */
const ATTACKERS = 32
const ANSWERED_WITHIN_MS = 300
/** A byte of a slow client comes this often. */
const SLOWLY_MS = 200

/** The bytes with which a real client of TLS begins, and which it sends when it has been answered. */
export function clientHello(port: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    const write = socket.write.bind(socket)
    socket.write = ((bytes: Buffer, ...rest: []) => {
      chunks.push(Buffer.from(bytes))
      return write(bytes, ...rest)
    }) as Socket['write']
    const tls = tlsConnect({ socket, rejectUnauthorized: false }, () => {
      tls.destroy()
      resolve(Buffer.concat(chunks))
    })
    tls.on('error', reject)
  })
}

/** Sends `frames` mutants, each on a connection of its own, and waits until the broker ends it or has said nothing. */
export async function attackSockets(
  ports: CrowdPorts,
  hello: Buffer,
  frames: number,
  random: Random,
): Promise<{ sent: number; refused: number }> {
  const found = { sent: 0, refused: 0 }
  const attack = async () => {
    while (found.sent < frames) {
      found.sent++
      const isTls = random(2) === 0
      const bytes = isTls ? mutate(hello, random) : mutatedLogin(random)
      if ((await send(isTls ? ports.tls : ports.sasl, bytes)) === 'refused') found.refused++
    }
  }
  await Promise.all(Array.from({ length: ATTACKERS }, attack))
  return found
}

/** All frames of a login in one piece, the last of them mutated. */
function mutatedLogin(random: Random): Buffer {
  const conversation = anyConversation(random)
  const frames: Buffer[] = []
  for (let next = conversation.next(); next.done !== true; next = conversation.next(Buffer.alloc(0))) {
    frames.push(sized(next.value))
  }
  const last = frames.pop() ?? Buffer.alloc(0)
  return Buffer.concat([...frames, mutate(last, random)])
}

function sized(frame: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(frame.length)
  return Buffer.concat([size, frame])
}

/** `refused`: the broker was not to be reached, which it always must be. */
function send(port: number, bytes: Buffer): Promise<'ended' | 'silent' | 'refused'> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const finish = (outcome: 'ended' | 'silent' | 'refused') => {
      clearTimeout(timer)
      socket.destroy()
      resolve(outcome)
    }
    const timer = setTimeout(() => finish('silent'), ANSWERED_WITHIN_MS)
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED' ? 'refused' : 'ended'))
    socket.on('close', () => finish('ended'))
    socket.resume()
  })
}

export interface Crowd {
  opened: number
  leave(): void
}

/** Connections that begin a handshake, and never go on with it: some say nothing at all. */
export async function unfinished(ports: CrowdPorts, hello: Buffer, count: number): Promise<Crowd> {
  const sockets = new Set<Socket>()
  const beginnings = [Buffer.alloc(0), hello.subarray(0, 40), hello]
  let opened = 0
  for (let index = 0; index < count; index++) {
    const beginning = beginnings[index % beginnings.length] ?? hello
    const socket = connect(index % 2 === 0 ? ports.tls : ports.sasl, '127.0.0.1', () => {
      opened++
      if (beginning.length > 0) socket.write(beginning)
    })
    sockets.add(socket)
    socket.resume()
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    // No faster than a listener takes them in.
    if (index % 100 === 99) await delay(20)
  }
  await delay(500)
  return {
    opened,
    leave() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Connections that say what a login needs, a byte at a time. */
export async function slow(ports: CrowdPorts, hello: Buffer, count: number, random: Random): Promise<Crowd> {
  const clients = Array.from({ length: count }, (_, index) => {
    const isTls = index % 2 === 0
    const socket = connect(isTls ? ports.tls : ports.sasl, '127.0.0.1')
    socket.resume()
    socket.on('error', () => {})
    return { socket, bytes: isTls ? hello : mutatedLogin(random), at: 0 }
  })
  const timer = setInterval(() => {
    for (const client of clients) {
      if (client.socket.destroyed || client.at >= client.bytes.length) continue
      client.socket.write(client.bytes.subarray(client.at, ++client.at))
    }
  }, SLOWLY_MS)
  await delay(SLOWLY_MS)
  return {
    opened: clients.length,
    leave() {
      clearInterval(timer)
      for (const { socket } of clients) socket.destroy()
    },
  }
}

/** A client that has logged in asks for versions again and again; answers with the times of its answers in ms. */
export async function askOn(port: number, login: Buffer, until: Promise<unknown>): Promise<number[]> {
  const socket = connect(port, '127.0.0.1')
  const times: number[] = []
  let isOver = false
  void until.finally(() => (isOver = true))
  socket.write(login)
  await delay(ANSWERED_WITHIN_MS)
  while (!isOver) {
    const startedMs = performance.now()
    const answered = new Promise((resolve, reject) => {
      socket.once('data', resolve)
      socket.once('close', () =>
        reject(new Error('the broker has closed the connection of a client that had logged in')),
      )
    })
    socket.write(PROBE)
    await answered
    socket.removeAllListeners('close')
    times.push(performance.now() - startedMs)
    await delay(5)
  }
  socket.destroy()
  return times
}

/** ApiVersions v0. */
const PROBE = sized(
  frameOf(
    { apiKey: 18, apiName: 'ApiVersions', version: 0, headerVersion: 1, body: Buffer.alloc(0) },
    Buffer.alloc(0),
    7,
  ),
)
