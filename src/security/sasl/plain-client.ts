/** PLAIN (RFC 4616), the client's side: one message. */
import type { SaslClient } from './sasl-client.ts'

export const plainClient = (username: string, password: string): SaslClient => ({
  first: () => Buffer.from(`\0${username}\0${password}`),
  respond: () => null,
})
