import type { SecurityProtocol } from '../listeners.ts'
import { ConfigError } from '../values.ts'

/**
 * `samsa.users`: `alice:secret,bob:other`. A backslash stands before a comma or a backslash that belongs to a password.
 * Throws `ConfigError`, without showing what was written.
 */
export function parseUsers(text: string | null): ReadonlyMap<string, string> {
  const users = new Map<string, string>()
  for (const entry of splitEscaped(text ?? '')) {
    if (entry === '') continue
    const colon = entry.indexOf(':')
    if (colon < 1 || colon === entry.length - 1) throw new ConfigError('A user of samsa.users is not NAME:PASSWORD')
    users.set(entry.slice(0, colon), entry.slice(colon + 1))
  }
  return users
}

/** By which mechanisms a user with a password may log in where nobody has chosen others. */
export const PASSWORD_MECHANISMS = 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512'

/** The protocol of a listener that asks for users' passwords, encrypts, does both, or does neither. */
export function easyProtocol({ hasUsers, hasTls }: { hasUsers: boolean; hasTls: boolean }): SecurityProtocol {
  if (hasUsers) return hasTls ? 'SASL_SSL' : 'SASL_PLAINTEXT'
  return hasTls ? 'SSL' : 'PLAINTEXT'
}

export function formatUsers(users: Readonly<Record<string, string>>): string {
  return Object.entries(users)
    .map(([name, password]) => `${name}:${password}`.replace(/[\\,]/g, '\\$&'))
    .join(',')
}

function splitEscaped(text: string): string[] {
  const entries = ['']
  for (const [piece] of text.matchAll(/\\[\s\S]|[\s\S]/g)) {
    if (piece === ',') entries.push('')
    else entries.push(`${entries.pop()}${piece.length > 1 ? piece.slice(1) : piece}`)
  }
  return entries
}
