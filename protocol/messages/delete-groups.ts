/**
 * DeleteGroups: delete empty groups with their offsets (KIP-229).
 *
 * - v1: the response is sent before the client is throttled (KIP-219).
 * - v3: the error's message, where the broker knows a cause (KIP-1331).
 */
import { array, type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const DeleteGroupsRequest = request({
  name: 'DeleteGroupsRequest',
  apiKey: 42,
  versions: '0-3',
  flexible: '2+',
  fields: () => ({
    groupsNames: array(string()),
  }),
})
export type DeleteGroupsRequest = Decoded<typeof DeleteGroupsRequest>

export const DeleteGroupsResponse = response({
  name: 'DeleteGroupsResponse',
  apiKey: 42,
  versions: '0-3',
  flexible: '2+',
  fields: () => ({
    throttleTimeMs: int32(),
    results: array({
      groupId: string().mapKey(),
      errorCode: int16(),
      errorMessage: string('3+').nullable().default(null).ignorable(),
    }),
  }),
})
export type DeleteGroupsResponse = Decoded<typeof DeleteGroupsResponse>
