/** Descriptions of groups as a client may see them, whatever the kind of the groups. */
import { ErrorCode } from '../../../protocol/errors.ts'
import { EVERYTHING, type Permissions } from '../../dispatch/access.ts'

interface DescribedGroup {
  readonly groupId: string
  readonly errorCode: number
  readonly authorizedOperations: number
}

interface Telling<Group> {
  readonly permissions: Permissions
  /** The client has asked for the operations that it may do (KIP-430). */
  readonly withOperations: boolean
  /** The topics that the description of a group names. */
  topicsOf(group: Group): Iterable<string>
  /** The answer in place of a group one of whose topics the client may not describe. */
  hidden(groupId: string): Group
}

export function toldGroups<Group extends DescribedGroup>(
  described: readonly Group[],
  telling: Telling<Group>,
): Group[] {
  const { permissions, withOperations, topicsOf, hidden } = telling
  const mayKnow = (group: Group): boolean =>
    permissions === EVERYTHING ||
    [...new Set(topicsOf(group))].every((name) => permissions.allows('DESCRIBE', 'TOPIC', name))
  return described.map((group) => {
    if (!mayKnow(group)) return hidden(group.groupId)
    if (!withOperations || group.errorCode !== ErrorCode.NONE) return group
    return { ...group, authorizedOperations: permissions.operations('GROUP', group.groupId) }
  })
}
