import { ErrorCode } from '../../../protocol/errors.ts'

/**
 * Errors of a heartbeat for which Apache Kafka says no more than the code, whatever kind the group is of: the protocol is not
 * enabled, or the group not coordinated here.
 */
export const WITHOUT_WORDS: ReadonlySet<number> = new Set([ErrorCode.UNSUPPORTED_VERSION, ErrorCode.NOT_COORDINATOR])
