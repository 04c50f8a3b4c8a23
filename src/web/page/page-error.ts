/** Errors as the page tells them: Kafka's name of the error, and one sentence. */
import { ErrorCode, errorMessage, errorName } from '../../../protocol/errors.ts'

export class PageError extends Error {
  readonly status: 400 | 403 | 404 | 409 | 500 | 503
  /** Kafka's name of the error. */
  readonly code: string

  constructor(status: PageError['status'], code: string, message: string) {
    super(message)
    this.name = 'PageError'
    this.status = status
    this.code = code
  }
}

const NOT_FOUND: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.GROUP_ID_NOT_FOUND,
  ErrorCode.TRANSACTIONAL_ID_NOT_FOUND,
  ErrorCode.RESOURCE_NOT_FOUND,
])
const CONFLICT: ReadonlySet<number> = new Set([ErrorCode.TOPIC_ALREADY_EXISTS, ErrorCode.NON_EMPTY_GROUP])
const UNAVAILABLE: ReadonlySet<number> = new Set([
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.REQUEST_TIMED_OUT,
])

/** The error of a code; `what` names what it happened to. */
export function errorOf(code: number, what: string, message?: string | null): PageError {
  const name = errorName(code)
  return new PageError(statusOf(code, name), name, `${what}: ${message || errorMessage(code) || name}`)
}

/** Throws the error of a code that is not NONE. */
export function ensure(code: number, what: string, message?: string | null): void {
  if (code !== ErrorCode.NONE) throw errorOf(code, what, message)
}

function statusOf(code: number, name: string): PageError['status'] {
  if (name.endsWith('AUTHORIZATION_FAILED')) return 403
  if (NOT_FOUND.has(code)) return 404
  if (CONFLICT.has(code)) return 409
  if (UNAVAILABLE.has(code)) return 503
  return code === ErrorCode.UNKNOWN_SERVER_ERROR ? 500 : 400
}
