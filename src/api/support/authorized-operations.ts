/** Bits of the operations that a client may do (KIP-430): all that the resource has, since no authorizer restricts them. */
import { AclOperation, type ResourceType, SUPPORTED_OPERATIONS } from '../../../protocol/acl.ts'

const bits = (resource: ResourceType): number =>
  SUPPORTED_OPERATIONS[resource].reduce((set, operation) => set | (1 << AclOperation[operation]), 0)

export const TOPIC_OPERATIONS = bits('TOPIC')
export const GROUP_OPERATIONS = bits('GROUP')
export const CLUSTER_OPERATIONS = bits('CLUSTER')

/** The value of the field in an answer to a client that has not asked for it. */
export const NOT_ASKED = -(2 ** 31)
