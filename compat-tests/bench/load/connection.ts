import { connect, type Socket } from 'node:net'
import { codec } from '../../../protocol/compile.ts'
import { readResponseHeader, requestFrame } from '../../../protocol/frame.ts'
import { type Api, apisByKey } from '../../../protocol/registry.ts'
import type { Decoded, MessageSchema } from '../../../protocol/schema.ts'

/**
 * Where sockets put what they read, all of them: it is used up before the next read. Without it every read would
 * allocate, and the generator would measure its own garbage collector.
 */
const arrivals = Buffer.allocUnsafe(256 * 1024)
const SIZE_BYTES = 4
const NOTHING = Buffer.alloc(0)

/** A socket whose bytes come in a shared buffer, valid until the callback returns. */
export function openSocket(port: number, onBytes: (bytes: Buffer) => void, onEnd: () => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const onread = {
      buffer: arrivals,
      callback(count: number) {
        onBytes(arrivals.subarray(0, count))
        return true
      },
    }
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread }, () => resolve(socket))
    socket.on('error', reject)
    socket.on('close', onEnd)
  })
}

type OnFrame = (frame: Buffer) => void

/** One connection: frames out, and their answers in the order of the requests, as Kafka gives them. */
export class Connection {
  readonly socket: Socket
  private readonly waiting: OnFrame[] = []
  private head = 0
  /** The beginning of a frame whose rest has not come, in memory that is used again: see `arrivals`. */
  private kept: Buffer = NOTHING
  private keptBytes = 0

  static async open(port: number): Promise<Connection> {
    let connection: Connection | null = null
    const socket = await openSocket(
      port,
      (bytes) => connection!.receive(bytes),
      () => connection?.ended(),
    )
    return (connection = new Connection(socket))
  }

  /** Over a socket that is connected already, as one of TLS is. */
  static over(socket: Socket): Connection {
    const connection = new Connection(socket)
    socket.on('data', (bytes: Buffer) => connection.receive(bytes))
    return connection
  }

  private constructor(socket: Socket) {
    this.socket = socket
  }

  /** Sends a frame, size included. The answer comes without its size and is valid until the callback returns. */
  send(frame: Buffer, onFrame: OnFrame): void {
    this.waiting.push(onFrame)
    this.socket.write(frame)
  }

  /** Asks and waits for the decoded answer, whose bytes and records are valid until the caller waits for something else. */
  ask<R extends MessageSchema>(response: R, version: number, body: object): Promise<Decoded<R>> {
    const api = apisByKey.get(response.apiKey)!
    return new Promise((resolve) => {
      this.send(encodeRequest(api, version, body), (answer) => {
        const { reader } = readResponseHeader(api, version, answer)
        resolve(codec(response, version).decode(reader))
      })
    })
  }

  close(): void {
    this.socket.removeAllListeners('close')
    this.socket.destroy()
  }

  private receive(bytes: Buffer): void {
    const input = this.keptBytes === 0 ? bytes : this.keep(bytes)
    let position = 0
    while (input.length - position >= SIZE_BYTES) {
      const end = position + SIZE_BYTES + input.readInt32BE(position)
      if (end > input.length) break
      this.take(input.subarray(position + SIZE_BYTES, end))
      position = end
    }
    const rest = input.subarray(position)
    this.keptBytes = 0
    if (rest.length > 0) this.keep(rest)
  }

  /** Puts bytes behind the kept ones, and gives them all. */
  private keep(bytes: Buffer): Buffer {
    const length = this.keptBytes + bytes.length
    if (length > this.kept.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.kept.length))
      this.kept.copy(grown, 0, 0, this.keptBytes)
      this.kept = grown
    }
    bytes.copy(this.kept, this.keptBytes)
    this.keptBytes = length
    return this.kept.subarray(0, length)
  }

  private take(frame: Buffer): void {
    const onFrame = this.waiting[this.head++]
    if (this.head === this.waiting.length) this.waiting.length = this.head = 0
    onFrame(frame)
  }

  /** The generator's process ends with an error, and the run with it: a number beside a lost connection is none. */
  private ended(): void {
    throw new Error('the broker closed a connection of the load generator')
  }
}

export function encodeRequest(api: Api, version: number, body: object): Buffer {
  return Buffer.concat(requestFrame(api, version, { correlationId: 1, clientId: 'bench' }, body))
}
