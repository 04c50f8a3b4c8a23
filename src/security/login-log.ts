/** The lines on logins. They hold neither passwords nor tokens, nor names of users that failed to log in. */
import type { Logger } from '../env/logger.ts'
import { javaHostAddress } from './acl/acl-host.ts'
import type { AuditTrail } from './audit-trail.ts'
import { type Principal, principalText } from './principal.ts'
import { SaslFailure } from './sasl/sasl-server.ts'

interface LoginConnection {
  readonly id: string
  readonly remoteAddress: string
  readonly listenerName: string
}

/** The log and the audit, which hear of logins. */
export interface LoginWitnesses {
  readonly logger: Logger
  /** null, or absent: nobody would look at it. */
  readonly audit?: AuditTrail | null
}

export function loggedIn(
  { logger, audit }: LoginWitnesses,
  { id, remoteAddress, listenerName }: LoginConnection,
  principal: Principal,
): void {
  const who = principalText(principal)
  logger.debug({ connection: id }, `${who} has logged in on ${listenerName}`)
  const address = javaHostAddress(remoteAddress)
  audit?.add({ kind: 'login', principal: who, address, what: `logs in on ${listenerName}` })
}

/** Errors that are no failures of a client are bugs, and are logged as such. */
export function failedLogin(
  { logger, audit }: LoginWitnesses,
  { id, remoteAddress, listenerName }: LoginConnection,
  error: unknown,
): void {
  if (!(error instanceof SaslFailure)) {
    logger.error({ err: error, connection: id }, `A login on ${listenerName} failed unexpectedly`)
    return
  }
  const { cause, message } = error
  const reason = cause instanceof Error ? `${message}: ${cause.message}` : message
  logger.info({ connection: id }, `Failed authentication with ${remoteAddress} on ${listenerName} (${reason})`)
  const address = javaHostAddress(remoteAddress)
  audit?.add({ kind: 'login-failed', principal: '', address, what: `fails to log in on ${listenerName} (${reason})` })
}
