import { once } from 'node:events'
import { connect, createSecureContext } from 'node:tls'
import { SaslAuthenticateResponse } from '../../../protocol/messages/sasl-authenticate.ts'
import { SaslHandshakeResponse } from '../../../protocol/messages/sasl-handshake.ts'
import { Connection } from './connection.ts'
import { type Latency, latency } from './statistics.ts'
import { refuse } from './topics.ts'

/** So many, until neither broker's compilers work any more: their threads take the processor for milliseconds from a login. */
const WARM_UP = 12_000
const MEASURED = 6_000

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
  const connection = Connection.over(socket)
  const agreed = await connection.ask(SaslHandshakeResponse, 1, { mechanism: 'PLAIN' })
  refuse('a handshake', agreed.errorCode)
  const authBytes = Buffer.from(`\0${user}\0${password}`)
  const loggedIn = await connection.ask(SaslAuthenticateResponse, 2, { authBytes })
  refuse('a login', loggedIn.errorCode)
  connection.close()
}
