import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type {
  UnregisterControllerRequest,
  UnregisterControllerResponse,
} from '../../../../protocol/messages/unregister-controller.ts'
import type { Encodable } from '../../../../protocol/schema.ts'
import { metadataLevel } from '../../../metadata/features.ts'
import { supportsControllerUnregistration } from '../../../metadata/metadata-version.ts'
import type { CommandResult, CommandState } from '../command.ts'

/** Forgets a controller that was part of the quorum once: Apache's order of checks, and its words. */
export function unregisterController(
  { image, nodeId }: CommandState,
  { controllerId }: UnregisterControllerRequest,
): CommandResult<Encodable<typeof UnregisterControllerResponse>> {
  if (controllerId === nodeId) {
    throw new KafkaError(ErrorCode.INVALID_REQUEST, 'Controller cannot unregister itself while it is active.')
  }
  if (!supportsControllerUnregistration(metadataLevel(image))) {
    const message = 'The current MetadataVersion is too old to support controller unregistration.'
    throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION, message)
  }
  if (!image.cluster.controllers.has(String(controllerId))) {
    const message = `Controller ID ${controllerId} is not currently registered.`
    throw new KafkaError(ErrorCode.CONTROLLER_ID_NOT_REGISTERED, message)
  }
  const records = [{ type: 'UnregisterControllerRecord' as const, version: 0, value: { controllerId } }]
  return { records, response: { errorMessage: null } }
}
