/**
 * DescribeAcls (key 29): the access control entries that match a filter, by the pattern that they are for (KIP-140).
 *
 * v1  prefixed patterns, and filters for all patterns that are about one resource (KIP-290)
 * v2  flexible
 * v3  resources of type USER (KIP-373)
 */
import { ErrorCode } from '../../protocol/errors.ts'
import { DescribeAclsRequest, DescribeAclsResponse } from '../../protocol/messages/describe-acls.ts'
import type { ApiHandler } from '../dispatch/handler.ts'
import { Outcome } from '../dispatch/outcome.ts'
import type { PublishedMetadata } from '../metadata/metadata-publisher.ts'
import { type Acl, hasUnknownFilter, matchesFilter } from '../security/acl/acl-filter.ts'

export function describeAclsHandler({
  metadata,
  hasAuthorizer,
}: {
  metadata: PublishedMetadata
  hasAuthorizer: () => boolean
}): ApiHandler<typeof DescribeAclsRequest, typeof DescribeAclsResponse> {
  return {
    apiKey: 29,
    name: 'DescribeAcls',
    request: DescribeAclsRequest,
    response: DescribeAclsResponse,
    minVersion: 1,
    maxVersion: 3,
    oldestVersion: 0,
    access: { needs: [{ operation: 'DESCRIBE', resource: 'CLUSTER', refused: 'request' }] },

    handle(_context, request) {
      if (hasUnknownFilter(request)) {
        return new Outcome(null, { closeReason: 'DescribeAclsRequest contains UNKNOWN elements' })
      }
      if (!hasAuthorizer()) {
        const errorMessage = 'No Authorizer is configured on the broker'
        return { errorCode: ErrorCode.SECURITY_DISABLED, errorMessage }
      }
      const matching = [...metadata.image.acls.values()].filter((acl) => matchesFilter(request, acl))
      return { resources: byPattern(matching) }
    },

    errorResponse: (_context, _request, errorCode, errorMessage) => ({ errorCode, errorMessage }),
  }
}

function byPattern(matching: readonly Acl[]) {
  const resources = new Map<string, Pick<Acl, 'resourceType' | 'resourceName' | 'patternType'> & { acls: Acl[] }>()
  for (const acl of matching) {
    const { resourceType, resourceName, patternType } = acl
    const key = `${resourceType} ${patternType} ${resourceName}`
    const resource = resources.get(key) ?? { resourceType, resourceName, patternType, acls: [] }
    resources.set(key, resource)
    resource.acls.push(acl)
  }
  return [...resources.values()]
}
