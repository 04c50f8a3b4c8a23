import { AclOperation, ResourceType } from '../../../../protocol/acl.ts'
import {
  ALL_OPERATIONS,
  ANY,
  operationName,
  PatternType,
  Permission,
  patternTypeName,
  permissionName,
  resourceTypeName,
} from '../../../../protocol/acl-codes.ts'
import { first } from '../../../../protocol/collections/elements.ts'
import type { BrokerCalls } from '../broker-calls.ts'
import type { AclRow } from '../model.ts'
import { ensure, PageError } from '../page-error.ts'

export async function listAcls(calls: BrokerCalls): Promise<AclRow[]> {
  const { errorCode, errorMessage, resources } = await calls.call('DescribeAcls', {
    resourceTypeFilter: ANY,
    resourceNameFilter: null,
    patternTypeFilter: ANY,
    principalFilter: null,
    hostFilter: null,
    operation: ANY,
    permissionType: ANY,
  })
  ensure(errorCode, 'The list of ACLs', errorMessage)
  return resources.flatMap(({ resourceType, resourceName, patternType, acls }) =>
    acls.map(({ principal, host, operation, permissionType }) => ({
      resourceType: resourceTypeName(resourceType),
      resourceName,
      patternType: patternTypeName(patternType),
      principal,
      host,
      operation: operationName(operation),
      permission: permissionName(permissionType),
    })),
  )
}

export async function createAcl(calls: BrokerCalls, acl: AclRow): Promise<void> {
  const codes = codesOf(acl)
  const { resourceName, principal, host } = acl
  const { results } = await calls.call('CreateAcls', {
    creations: [{ ...codes, resourcePatternType: codes.patternType, resourceName, principal, host }],
  })
  const { errorCode, errorMessage } = first(results)
  ensure(errorCode, 'The ACL was not created', errorMessage)
}

export async function deleteAcl(calls: BrokerCalls, acl: AclRow): Promise<void> {
  const { resourceType, patternType, operation, permissionType } = codesOf(acl)
  const { filterResults } = await calls.call('DeleteAcls', {
    filters: [
      {
        resourceTypeFilter: resourceType,
        resourceNameFilter: acl.resourceName,
        patternTypeFilter: patternType,
        principalFilter: acl.principal,
        hostFilter: acl.host,
        operation,
        permissionType,
      },
    ],
  })
  const { errorCode, errorMessage } = first(filterResults)
  ensure(errorCode, 'The ACL was not deleted', errorMessage)
}

const OPERATIONS: Readonly<Record<string, number>> = { ALL: ALL_OPERATIONS, ...AclOperation }

function codesOf({ resourceType, patternType, operation, permission }: AclRow) {
  return {
    resourceType: codeOf(ResourceType, resourceType),
    patternType: codeOf(PatternType, patternType),
    operation: codeOf(OPERATIONS, operation),
    permissionType: codeOf(Permission, permission),
  }
}

function codeOf(codes: Readonly<Record<string, number>>, name: string): number {
  const code = Object.hasOwn(codes, name) ? codes[name] : undefined
  if (code === undefined) throw new PageError(400, 'INVALID_REQUEST', `An ACL cannot have ${name}.`)
  return code
}
