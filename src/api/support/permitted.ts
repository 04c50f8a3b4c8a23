import type { AclOperation, ResourceType } from '../../../protocol/acl.ts'
import type { RequestContext } from '../../dispatch/handler.ts'

/** The items whose resources the client may use so, and the others. */
export function byPermission<T>(
  { permissions }: RequestContext,
  operation: AclOperation,
  resource: ResourceType,
  items: readonly T[],
  nameOf: (item: T) => string,
): { allowed: T[]; refused: T[] } {
  const allowed: T[] = []
  const refused: T[] = []
  for (const item of items) {
    if (permissions.allows(operation, resource, nameOf(item))) allowed.push(item)
    else refused.push(item)
  }
  return { allowed, refused }
}
