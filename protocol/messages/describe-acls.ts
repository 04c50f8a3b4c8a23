/**
 * DescribeAcls: access control entries that match a filter (KIP-140).
 *
 * - v1: pattern type: literal, prefixed (KIP-290). v0 is gone since Kafka 4.0. v3: resource type USER (KIP-373).
 */
import { array, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const DescribeAclsRequest = request({
  name: 'DescribeAclsRequest',
  apiKey: 29,
  versions: '1-3',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    resourceTypeFilter: int8(),
    resourceNameFilter: string().nullable(),
    patternTypeFilter: int8('1+').default(3),
    principalFilter: string().nullable(),
    hostFilter: string().nullable(),
    operation: int8(),
    permissionType: int8(),
  }),
})
export type DescribeAclsRequest = Decoded<typeof DescribeAclsRequest>

export const DescribeAclsResponse = response({
  name: 'DescribeAclsResponse',
  apiKey: 29,
  versions: '1-3',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable(),
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      patternType: int8('1+').default(3),
      acls: array({
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  }),
})
export type DescribeAclsResponse = Decoded<typeof DescribeAclsResponse>
