/**
 * The login of somebody who is not a Kafka client and shows a password or a token all at once (HTTP). This process takes
 * the client's side of the exchange as well, so that whoever may log in as a client may log in here, and nobody else.
 */

import { plainClient } from './sasl/plain-client.ts'
import type { SaslClient } from './sasl/sasl-client.ts'
import { SaslRefused } from './sasl/sasl-client.ts'
import type { SaslMechanism } from './sasl/sasl-mechanisms.ts'
import { SaslFailure, type SaslIdentity } from './sasl/sasl-server.ts'
import { scramClient } from './sasl/scram-client.ts'
import { SCRAM_MECHANISMS } from './sasl/scram-keys.ts'

export interface LoginIdentity extends SaslIdentity {
  /** `connections.max.reauth.ms`; 0: the login does not end by itself. */
  readonly maxReauthMs: number
}

export class DirectLogin {
  readonly #mechanisms: readonly SaslMechanism[]
  readonly #newNonce: () => string

  constructor(mechanisms: readonly SaslMechanism[], newNonce: () => string) {
    this.#mechanisms = mechanisms
    this.#newNonce = newNonce
  }

  /** By the first mechanism that accepts them. Rejects with a `SaslFailure`. */
  withPassword(username: string, password: string): Promise<LoginIdentity> {
    return this.#firstOf((mechanism) => {
      if (mechanism.name === 'PLAIN') return plainClient(username, password)
      const scram = SCRAM_MECHANISMS.find(({ name }) => name === mechanism.name)
      if (scram === undefined) return null
      return scramClient({ mechanism: scram, username, password, isToken: false, newNonce: this.#newNonce })
    })
  }

  /** A token of OAUTHBEARER. Rejects with a `SaslFailure`. */
  withToken(token: string): Promise<LoginIdentity> {
    return this.#firstOf((mechanism) => (mechanism.name === 'OAUTHBEARER' ? tokenClient(token) : null))
  }

  async #firstOf(clientFor: (mechanism: SaslMechanism) => SaslClient | null): Promise<LoginIdentity> {
    let failure = new SaslFailure('no mechanism of the listeners takes it')
    for (const mechanism of this.#mechanisms) {
      const client = clientFor(mechanism)
      if (client === null) continue
      try {
        return { ...(await exchange(mechanism, client)), maxReauthMs: mechanism.maxReauthMs() }
      } catch (error) {
        if (error instanceof SaslFailure) failure = error
        else if (error instanceof SaslRefused) failure = new SaslFailure(error.message, { cause: error })
        else throw error
      }
    }
    throw failure
  }
}

async function exchange(mechanism: SaslMechanism, client: SaslClient): Promise<SaslIdentity> {
  const server = mechanism.newServer()
  let token: Buffer | null = await client.first()
  let identity: SaslIdentity | null = null
  while (token !== null) {
    const step = await server.evaluate(token)
    identity = step.identity
    token = client.respond(step.challenge)
  }
  if (identity === null) throw new SaslFailure('The exchange ended before the client was somebody')
  return identity
}

/** RFC 7628: a challenge after the first message is a refusal, which the client acknowledges. */
const tokenClient = (token: string): SaslClient => ({
  first: () => Buffer.from(`n,,\u0001auth=Bearer ${token}\u0001\u0001`),
  respond: (challenge) => (challenge.length === 0 ? null : Buffer.from([1])),
})
