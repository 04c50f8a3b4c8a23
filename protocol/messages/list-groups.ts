/**
 * ListGroups: the groups that this broker coordinates.
 *
 * - v1: throttle time. v2: the response is sent before the client is throttled (KIP-219).
 * - v4: filter by state, and the state in the response (KIP-518). v5: the same for the type (KIP-848).
 */
import { array, type Decoded, int16, int32, request, response, string } from '../schema.ts'

export const ListGroupsRequest = request({
  name: 'ListGroupsRequest',
  apiKey: 16,
  versions: '0-5',
  flexible: '3+',
  fields: () => ({
    statesFilter: array('4+', string()),
    typesFilter: array('5+', string()),
  }),
})
export type ListGroupsRequest = Decoded<typeof ListGroupsRequest>

export const ListGroupsResponse = response({
  name: 'ListGroupsResponse',
  apiKey: 16,
  versions: '0-5',
  flexible: '3+',
  fields: () => ({
    throttleTimeMs: int32('1+').ignorable(),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string('4+').ignorable(),
      groupType: string('5+').ignorable(),
    }),
  }),
})
export type ListGroupsResponse = Decoded<typeof ListGroupsResponse>
