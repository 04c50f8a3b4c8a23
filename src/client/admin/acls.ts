/** ACLs of a cluster, in Kafka's codes (`protocol/acl-codes.ts` has their names). */
import { CreateAclsRequest, CreateAclsResponse } from '../../../protocol/messages/create-acls.ts'
import { DeleteAclsRequest, DeleteAclsResponse } from '../../../protocol/messages/delete-acls.ts'
import { DescribeAclsRequest, DescribeAclsResponse } from '../../../protocol/messages/describe-acls.ts'
import type { ClusterClient } from '../cluster-client.ts'
import { ensure, notController } from './item-outcome.ts'

export interface AclCodes {
  readonly resourceType: number
  readonly resourceName: string
  readonly patternType: number
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

/** null: any. Codes of filters have an ANY of their own. */
export interface AclFilterCodes extends Omit<AclCodes, 'resourceName' | 'principal' | 'host'> {
  readonly resourceName: string | null
  readonly principal: string | null
  readonly host: string | null
}

const filterBody = ({ resourceType, resourceName, patternType, principal, host, ...codes }: AclFilterCodes) => ({
  resourceTypeFilter: resourceType,
  resourceNameFilter: resourceName,
  patternTypeFilter: patternType,
  principalFilter: principal,
  hostFilter: host,
  ...codes,
})

export async function describeAcls(client: ClusterClient, filter: AclFilterCodes): Promise<AclCodes[]> {
  const to = { to: 'any' } as const
  const answer = await client.request(to, DescribeAclsRequest, DescribeAclsResponse, filterBody(filter), (each) =>
    notController([each]),
  )
  ensure(answer.errorCode, answer.errorMessage)
  return answer.resources.flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...resource, ...acl })))
}

export async function createAcls(client: ClusterClient, acls: readonly AclCodes[]): Promise<void> {
  const creations = acls.map(({ patternType, ...acl }) => ({ ...acl, resourcePatternType: patternType }))
  const { results } = await client.request(
    { to: 'controller' },
    CreateAclsRequest,
    CreateAclsResponse,
    { creations },
    (answer) => notController(answer.results),
  )
  for (const { errorCode, errorMessage } of results) ensure(errorCode, errorMessage)
}

/** Resolves to the ACLs that are gone. */
export async function deleteAcls(client: ClusterClient, filter: AclFilterCodes): Promise<AclCodes[]> {
  const { filterResults } = await client.request(
    { to: 'controller' },
    DeleteAclsRequest,
    DeleteAclsResponse,
    { filters: [filterBody(filter)] },
    (answer) => notController(answer.filterResults),
  )
  return filterResults.flatMap(({ errorCode, errorMessage, matchingAcls }) => {
    ensure(errorCode, errorMessage)
    return matchingAcls.map(({ errorCode: code, errorMessage: words, ...acl }) => {
      ensure(code, words)
      return acl
    })
  })
}
