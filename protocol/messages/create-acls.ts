/**
 * CreateAcls: add access control entries (KIP-140).
 *
 * - v1: pattern type: literal, prefixed (KIP-290). v0 is gone since Kafka 4.0. v3: resource type USER (KIP-373).
 */
import { array, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const CreateAclsRequest = request({
  name: 'CreateAclsRequest',
  apiKey: 30,
  versions: '1-3',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    creations: array({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8('1+').default(3),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  }),
})
export type CreateAclsRequest = Decoded<typeof CreateAclsRequest>

export const CreateAclsResponse = response({
  name: 'CreateAclsResponse',
  apiKey: 30,
  versions: '1-3',
  dropped: '0',
  flexible: '2+',
  listeners: ['broker', 'controller'],
  fields: () => ({
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: string().nullable(),
    }),
  }),
})
export type CreateAclsResponse = Decoded<typeof CreateAclsResponse>
