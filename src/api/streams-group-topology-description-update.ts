/**
 * StreamsGroupTopologyDescriptionUpdate (key 93, KIP-1331): an application describes its topology, for a plugin of the
 * broker to keep. Plugins are Java classes, so that there is none here, which is the state of Apache Kafka as it comes:
 * the API is there, and says so.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import {
  StreamsGroupTopologyDescriptionUpdateRequest,
  StreamsGroupTopologyDescriptionUpdateResponse,
} from '../../protocol/messages/streams-group-topology-description-update.ts'
import type { ApiHandler } from '../dispatch/handler.ts'

export function streamsGroupTopologyDescriptionUpdateHandler(): ApiHandler<
  typeof StreamsGroupTopologyDescriptionUpdateRequest,
  typeof StreamsGroupTopologyDescriptionUpdateResponse
> {
  return {
    apiKey: 93,
    name: 'StreamsGroupTopologyDescriptionUpdate',
    request: StreamsGroupTopologyDescriptionUpdateRequest,
    response: StreamsGroupTopologyDescriptionUpdateResponse,
    minVersion: 0,
    maxVersion: 0,
    access: {
      needs: [
        {
          operation: 'READ',
          resource: 'GROUP',
          names: ({ groupId }) => [groupId],
          refused: 'request',
          errorMessage: null,
        },
      ],
    },

    handle: () => {
      throw new KafkaError(
        ErrorCode.UNSUPPORTED_VERSION,
        'The broker has no streams group topology description plugin configured.',
      )
    },

    errorResponse: (_context, _request, errorCode, errorMessage) => ({ errorCode, errorMessage }),
  }
}
