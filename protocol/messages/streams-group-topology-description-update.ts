/**
 * StreamsGroupTopologyDescriptionUpdate: a Streams application describes its topology, for a plugin of the broker to keep
 * (KIP-1331).
 */
import { type Decoded, int16, int32, request, response, string } from '../schema.ts'
import { topologyDescription } from '../topology-description.ts'

export const StreamsGroupTopologyDescriptionUpdateRequest = request({
  name: 'StreamsGroupTopologyDescriptionUpdateRequest',
  apiKey: 93,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    groupId: string(),
    memberId: string(),
    topologyEpoch: int32(),
    topologyDescription: topologyDescription('0+'),
  }),
})
export type StreamsGroupTopologyDescriptionUpdateRequest = Decoded<typeof StreamsGroupTopologyDescriptionUpdateRequest>

export const StreamsGroupTopologyDescriptionUpdateResponse = response({
  name: 'StreamsGroupTopologyDescriptionUpdateResponse',
  apiKey: 93,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string().nullable().default(null),
  }),
})
export type StreamsGroupTopologyDescriptionUpdateResponse = Decoded<
  typeof StreamsGroupTopologyDescriptionUpdateResponse
>
