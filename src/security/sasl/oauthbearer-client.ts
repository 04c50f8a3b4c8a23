/**
 * OAUTHBEARER (RFC 7628), the client's side. A server that refuses the token says why as JSON and waits for one byte
 * before it ends the exchange with its error.
 */
import type { SaslClient } from './sasl-client.ts'

const ACKNOWLEDGEMENT = Buffer.from([1])

/** `extensions`: the pairs that go with the token (KIP-342). */
export const oauthBearerClient = (
  token: () => Promise<string>,
  extensions: ReadonlyMap<string, string>,
): SaslClient => ({
  async first() {
    const pairs = [...extensions].map(([name, value]) => `${name}=${value}\x01`).join('')
    return Buffer.from(`n,,\x01auth=Bearer ${await token()}\x01${pairs}\x01`)
  },
  respond: (challenge) => (challenge.length === 0 ? null : ACKNOWLEDGEMENT),
})
