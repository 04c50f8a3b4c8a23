/** The keys of SCRAM (RFC 5802) as Kafka derives and stores them. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

export interface ScramKeys {
  saltedPassword: Buffer
  clientKey: Buffer
  storedKey: Buffer
  serverKey: Buffer
}

const ALGORITHMS: Readonly<Record<ScramMechanism, { name: string; bytes: number }>> = {
  'SCRAM-SHA-256': { name: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { name: 'sha512', bytes: 64 },
}

/** Kafka takes the password's UTF-8 as it is, without SASLprep. */
export function scramKeys(mechanism: ScramMechanism, password: string, salt: Buffer, iterations: number): ScramKeys {
  const { name, bytes } = ALGORITHMS[mechanism]
  const saltedPassword = pbkdf2Sync(Buffer.from(password, 'utf8'), salt, iterations, bytes, name)
  const clientKey = createHmac(name, saltedPassword).update('Client Key').digest()
  const storedKey = createHash(name).update(clientKey).digest()
  const serverKey = createHmac(name, saltedPassword).update('Server Key').digest()
  return { saltedPassword, clientKey, storedKey, serverKey }
}
