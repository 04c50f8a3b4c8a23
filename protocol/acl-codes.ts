/** Codes that only ACLs and their filters have, on the wire and in records (KIP-140, KIP-290). */
import { AclOperation, ResourceType } from './acl.ts'

export const UNKNOWN = 0
/** Any value: for filters alone. */
export const ANY = 1

export const PatternType = { MATCH: 2, LITERAL: 3, PREFIXED: 4 } as const
export const Permission = { DENY: 2, ALLOW: 3 } as const
/** The operation of an ACL that is about all of them. */
export const ALL_OPERATIONS = 2
/** A literal pattern that stands for all names. */
export const ANY_NAME = '*'
export const ANY_PRINCIPAL = 'User:*'

/** Names by code, `UNKNOWN` for any other code. */
function namesOf(codes: Readonly<Record<string, number>>): (code: number) => string {
  const names = new Map(Object.entries(codes).map(([name, code]) => [code, name]))
  return (code) => names.get(code) ?? 'UNKNOWN'
}

export const operationName = namesOf({ ANY, ALL: ALL_OPERATIONS, ...AclOperation })
export const resourceTypeName = namesOf({ ANY, ...ResourceType })
export const patternTypeName = namesOf({ ANY, ...PatternType })
export const permissionName = namesOf({ ANY, ...Permission })
