/** The arithmetic of SCRAM (RFC 5802, RFC 7677): keys from passwords, signatures from keys. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

export interface ScramMechanism {
  readonly name: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  /** In requests and records. */
  readonly id: number
  readonly hash: 'sha256' | 'sha512'
}

export const SCRAM_MECHANISMS: readonly ScramMechanism[] = [
  { name: 'SCRAM-SHA-256', id: 1, hash: 'sha256' },
  { name: 'SCRAM-SHA-512', id: 2, hash: 'sha512' },
]

export const MIN_SCRAM_ITERATIONS = 4096
export const MAX_SCRAM_ITERATIONS = 16_384

export interface ScramCredential {
  readonly salt: Buffer
  readonly storedKey: Buffer
  readonly serverKey: Buffer
  readonly iterations: number
}

export const hmac = (hash: string, key: Uint8Array, data: string | Uint8Array): Buffer =>
  createHmac(hash, key).update(data).digest()

/**
 * `Hi` of the RFC. The password is taken as its UTF-8 bytes, without SASLprep: neither Apache's tools nor its clients
 * prepare it, nor do those of others, and a password that one side changed would never match.
 */
export function saltedPassword(
  { hash }: ScramMechanism,
  password: string | Uint8Array,
  salt: Uint8Array,
  iterations: number,
): Buffer {
  const length = hash === 'sha256' ? 32 : 64
  return pbkdf2Sync(password, salt, iterations, length, hash)
}

/** Everything that a broker keeps of a password. */
export function credentialOf(
  { hash }: ScramMechanism,
  salted: Uint8Array,
  salt: Uint8Array,
  iterations: number,
): ScramCredential {
  const storedKey = createHash(hash)
    .update(hmac(hash, salted, 'Client Key'))
    .digest()
  return { salt: Buffer.from(salt), storedKey, serverKey: hmac(hash, salted, 'Server Key'), iterations }
}

/** The stored key of the client that could make this proof. */
export function provenStoredKey(hash: string, storedKey: Uint8Array, authMessage: string, proof: Uint8Array): Buffer {
  const signature = hmac(hash, storedKey, authMessage)
  const clientKey = signature.map((byte, index) => byte ^ (proof[index] ?? 0))
  return createHash(hash).update(clientKey).digest()
}
