import { connect, type Socket } from 'node:net'
import { codec } from '../../protocol/compile.ts'
import { readResponseHeader, requestFrame } from '../../protocol/frame.ts'
import { type Api, apisByKey } from '../../protocol/registry.ts'

/** An answer of whatever API: its fields are known to the scenario that asked, not to the types. */
// biome-ignore lint/suspicious/noExplicitAny: the scenarios read answers of every API and version by name.
export type Body = Record<string, any>

/** The end of a request. */
export type Outcome =
  | { kind: 'answer'; body: Body; bytesLeft: number }
  /** The broker ended the connection instead of answering. */
  | { kind: 'closed' }
  /** No answer within the time: parked, or forgotten. */
  | { kind: 'silent' }
  /** The answer does not follow the schema of its version. */
  | { kind: 'unreadable'; reason: string }
  /** Sent without waiting: acks=0 has no answer. */
  | { kind: 'unanswered' }

interface Waiting {
  api: Api
  version: number
  resolve(outcome: Outcome): void
}

export const CLIENT_ID = 'diff'

/** A user that logs in by PLAIN before anything else. */
export interface Login {
  username: string
  password: string
}

/** One connection to one broker, raw frames, answers matched by their order and correlation id. */
export class Connection {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #received: Buffer = Buffer.alloc(0)
  #correlationId = 0
  #closed = false

  constructor(port: number, login?: Login) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (chunk) => this.#receive(chunk))
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => this.#end())
    if (login !== undefined) this.#logIn(login)
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Throws `ProtocolError` when the version cannot say the body. */
  async send(
    api: Api,
    version: number,
    body: object,
    { timeoutMs, clientId = CLIENT_ID }: { timeoutMs: number; clientId?: string },
  ): Promise<Outcome> {
    const frame = requestFrame(api, version, { correlationId: ++this.#correlationId, clientId }, body)
    return this.sendBytes(Buffer.concat(frame), this.#correlationId, { api, version, timeoutMs })
  }

  /** Writes a request that has no answer. */
  post(api: Api, version: number, body: object): void {
    const frame = requestFrame(api, version, { correlationId: ++this.#correlationId, clientId: CLIENT_ID }, body)
    this.#socket.write(Buffer.concat(frame))
  }

  /** Any bytes, size included; an answer is read as one of the API and version. */
  sendBytes(
    bytes: Buffer,
    correlationId: number,
    expected: { api: Api; version: number; timeoutMs: number },
  ): Promise<Outcome> {
    if (this.#closed) return Promise.resolve({ kind: 'closed' })
    this.#socket.write(bytes)
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(correlationId)
        resolve({ kind: 'silent' })
      }, expected.timeoutMs)
      this.#waiting.set(correlationId, {
        ...expected,
        resolve(outcome) {
          clearTimeout(timer)
          resolve(outcome)
        },
      })
    })
  }

  close(): void {
    this.#closed = true
    this.#socket.destroy()
  }

  /** Both steps at once, ahead of the first request: a broker that refuses them ends the connection. */
  #logIn({ username, password }: Login): void {
    this.post(SaslHandshake, 1, { mechanism: 'PLAIN' })
    this.post(SaslAuthenticate, 2, { authBytes: Buffer.from(`\0${username}\0${password}`) })
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    for (;;) {
      if (this.#received.length < 4) return
      const size = this.#received.readInt32BE(0)
      if (this.#received.length < 4 + size) return
      const frame = this.#received.subarray(4, 4 + size)
      this.#received = this.#received.subarray(4 + size)
      const correlationId = frame.readInt32BE(0)
      const waiting = this.#waiting.get(correlationId)
      this.#waiting.delete(correlationId)
      waiting?.resolve(readAnswer(waiting, frame))
    }
  }

  #end(): void {
    this.#closed = true
    for (const { resolve } of this.#waiting.values()) resolve({ kind: 'closed' })
    this.#waiting.clear()
  }
}

const API_VERSIONS_KEY = 18
const SaslHandshake = apisByKey.get(17)!
const SaslAuthenticate = apisByKey.get(36)!
const UNSUPPORTED_VERSION = 35

function readAnswer({ api, version }: Waiting, frame: Buffer): Outcome {
  // A version of ApiVersions that the broker does not know is answered in version 0 (KIP-511).
  const refused = api.apiKey === API_VERSIONS_KEY && frame.readInt16BE(4) === UNSUPPORTED_VERSION
  const answered = refused ? 0 : version
  try {
    const { reader } = readResponseHeader(api, answered, frame)
    const body = codec(api.response, answered).decode(reader) as Body
    return { kind: 'answer', body, bytesLeft: frame.length - reader.position }
  } catch (error) {
    return { kind: 'unreadable', reason: (error as Error).message }
  }
}
