/** Filters by which ACLs are described and deleted (KIP-140, KIP-290). */

import {
  ANY,
  ANY_NAME,
  operationName,
  PatternType,
  patternTypeName,
  permissionName,
  resourceTypeName,
} from '../../../protocol/acl-codes.ts'
import type { AccessControlEntryRecord } from '../../../protocol/messages/access-control-entry-record.ts'

/** An ACL, wherever it is kept. */
export type Acl = Omit<AccessControlEntryRecord, 'id'>

export interface AclFilter {
  readonly resourceTypeFilter: number
  /** null in this and the others: any. */
  readonly resourceNameFilter: string | null
  readonly patternTypeFilter: number
  readonly principalFilter: string | null
  readonly hostFilter: string | null
  readonly operation: number
  readonly permissionType: number
}

/** Whether the code of an enumeration means nothing to this release. Apache closes the connection of such a request. */
export function hasUnknown(codes: {
  readonly resourceType: number
  readonly patternType: number
  readonly operation: number
  readonly permissionType: number
}): boolean {
  return [
    resourceTypeName(codes.resourceType),
    patternTypeName(codes.patternType),
    operationName(codes.operation),
    permissionName(codes.permissionType),
  ].includes('UNKNOWN')
}

export const hasUnknownFilter = ({ resourceTypeFilter, patternTypeFilter, operation, permissionType }: AclFilter) =>
  hasUnknown({ resourceType: resourceTypeFilter, patternType: patternTypeFilter, operation, permissionType })

export function matchesFilter(filter: AclFilter, acl: Acl): boolean {
  const isAnyOr = (wanted: number, code: number) => wanted === ANY || wanted === code
  const isNullOr = (wanted: string | null, text: string) => wanted === null || wanted === text
  return (
    isAnyOr(filter.resourceTypeFilter, acl.resourceType) &&
    matchesPattern(filter, acl) &&
    isNullOr(filter.principalFilter, acl.principal) &&
    isNullOr(filter.hostFilter, acl.host) &&
    isAnyOr(filter.operation, acl.operation) &&
    isAnyOr(filter.permissionType, acl.permissionType)
  )
}

/** MATCH asks for all patterns that are about the named resource, the other types for patterns as they are written. */
function matchesPattern({ resourceNameFilter: name, patternTypeFilter: type }: AclFilter, acl: Acl): boolean {
  const { resourceName, patternType } = acl
  if (type !== ANY && type !== PatternType.MATCH && type !== patternType) return false
  if (name === null) return true
  if (type !== PatternType.MATCH) return name === resourceName
  if (patternType === PatternType.PREFIXED) return name.startsWith(resourceName)
  return name === resourceName || resourceName === ANY_NAME
}
