/** Static members (KIP-345) in the protocols by which the broker assigns (KIP-848, KIP-1071). */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'

interface Member {
  readonly memberId: string
}

/**
 * The member that is known under the instance id. Throws UNKNOWN_MEMBER_ID where there is none, and FENCED_INSTANCE_ID
 * where another one has taken its place.
 */
export function checkStatic<M extends Member>(existing: M | undefined, memberId: string, instanceId: string): M {
  if (existing === undefined) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`)
  if (existing.memberId === memberId) return existing
  throw new KafkaError(
    ErrorCode.FENCED_INSTANCE_ID,
    `Static member ${memberId} with instance id ${instanceId} was fenced by member ${existing.memberId}.`,
  )
}

/** A member joins under an instance id whose member has not left: UNRELEASED_INSTANCE_ID. */
export function unreleased(owner: Member, memberId: string, instanceId: string): KafkaError {
  return new KafkaError(
    ErrorCode.UNRELEASED_INSTANCE_ID,
    `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${owner.memberId} member.`,
  )
}
