import { ErrorCode } from '../../../protocol/errors.ts'

/** Errors of a heartbeat to a coordinator that assigns by itself: the member has to join again. */
export const FENCED: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.FENCED_MEMBER_EPOCH,
  ErrorCode.GROUP_ID_NOT_FOUND,
])
