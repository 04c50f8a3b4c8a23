import type { JoinGroupRequest } from '../../../../protocol/messages/join-group.ts'

/** A JoinGroup with what comes from outside of it. */
export interface JoinInput {
  readonly request: JoinGroupRequest
  readonly apiVersion: number
  readonly clientId: string
  /** As Java prints the address of a client: `/127.0.0.1`. */
  readonly clientHost: string
  /** Random, for the id of a new member. */
  readonly memberUuid: string
  /** Random, the id of a new member in a consumer group. */
  readonly consumerMemberId: string
}
