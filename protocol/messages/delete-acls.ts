/**
 * DeleteAcls: remove access control entries that match filters (KIP-140).
 *
 * - v1: pattern type: literal, prefixed (KIP-290). v0 is gone since Kafka 4.0. v3: resource type USER (KIP-373).
 */
import { array, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const DeleteAclsRequest = request({
  name: 'DeleteAclsRequest',
  apiKey: 31,
  versions: '1-3',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    filters: array({
      resourceTypeFilter: int8(),
      resourceNameFilter: string().nullable(),
      patternTypeFilter: int8('1+').default(3),
      principalFilter: string().nullable(),
      hostFilter: string().nullable(),
      operation: int8(),
      permissionType: int8(),
    }),
  }),
})
export type DeleteAclsRequest = Decoded<typeof DeleteAclsRequest>

export const DeleteAclsResponse = response({
  name: 'DeleteAclsResponse',
  apiKey: 31,
  versions: '1-3',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    filterResults: array({
      errorCode: int16(),
      errorMessage: string().nullable(),
      matchingAcls: array({
        errorCode: int16(),
        errorMessage: string().nullable(),
        resourceType: int8(),
        resourceName: string(),
        patternType: int8('1+').default(3),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  }),
})
export type DeleteAclsResponse = Decoded<typeof DeleteAclsResponse>
