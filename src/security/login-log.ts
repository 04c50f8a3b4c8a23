/** The log's lines on logins. They hold neither passwords nor tokens, nor names of users that failed to log in. */
import type { Logger } from '../env/logger.ts'
import { type Principal, principalText } from './principal.ts'
import { SaslFailure } from './sasl/sasl-server.ts'

interface LoginConnection {
  readonly id: string
  readonly remoteAddress: string
  readonly listenerName: string
}

export function loggedIn(logger: Logger, { id, listenerName }: LoginConnection, principal: Principal): void {
  logger.debug({ connection: id }, `${principalText(principal)} has logged in on ${listenerName}`)
}

/** Errors that are no failures of a client are bugs, and are logged as such. */
export function failedLogin(
  logger: Logger,
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
}
