import { once } from 'node:events'
import { connect, createSecureContext, type TLSSocket } from 'node:tls'
import { requestFrame } from '../../../protocol/frame.ts'
import { apisByKey } from '../../../protocol/registry.ts'
import { type Latency, latency } from './statistics.ts'

/** So many, until neither broker's compilers work any more: their threads take the processor for milliseconds from a login. */
const WARM_UP = 4_000
const MEASURED = 3_000
const SASL_HANDSHAKE = 17
const SASL_AUTHENTICATE = 36

export interface LoginJob {
  readonly port: number
  readonly user: string
  readonly password: string
}

/** One for all logins, as a client has it: to make one takes as long as a third of a login. No session is used again. */
const secureContext = createSecureContext()

/** From the connection to the answer that lets the client in: TLS, SaslHandshake and SaslAuthenticate with PLAIN. */
export async function logins(job: LoginJob): Promise<Latency & Record<string, number>> {
  for (let count = 0; count < WARM_UP; count++) await login(job)
  const samplesMs: number[] = []
  for (let count = 0; count < MEASURED; count++) {
    const startedMs = performance.now()
    await login(job)
    samplesMs.push(performance.now() - startedMs)
  }
  return { ...latency(samplesMs) }
}

async function login({ port, user, password }: LoginJob): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, secureContext })
  await once(socket, 'secureConnect')
  await ask(socket, SASL_HANDSHAKE, 1, { mechanism: 'PLAIN' })
  await ask(socket, SASL_AUTHENTICATE, 2, { authBytes: Buffer.from(`\0${user}\0${password}`) })
  socket.destroy()
}

/** The answers of both begin, behind the correlation id and (in flexible versions) one byte, with the error code. */
async function ask(socket: TLSSocket, apiKey: number, version: number, body: object): Promise<void> {
  const api = apisByKey.get(apiKey)!
  socket.write(Buffer.concat(requestFrame(api, version, { correlationId: 1, clientId: 'logins' }, body)))
  let answer = Buffer.alloc(0)
  while (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) {
    const [chunk] = await once(socket, 'data')
    answer = Buffer.concat([answer, chunk])
  }
  const errorCode = answer.readInt16BE(apiKey === SASL_HANDSHAKE ? 8 : 9)
  if (errorCode !== 0) throw new Error(`${api.name} was answered with error ${errorCode}`)
}
