/** ControllerRegistration: where a controller can be reached, and what it supports (KIP-919). */
import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { ControllerRegistrationRequest } from '../../../../protocol/messages/controller-registration.ts'
import { metadataLevel } from '../../../metadata/features.ts'
import { supportsControllerRegistration } from '../../../metadata/metadata-version.ts'
import type { CommandResult, CommandState } from '../command.ts'

export function registerController(
  { image }: CommandState,
  { controllerId, incarnationId, listeners, features }: Omit<ControllerRegistrationRequest, 'zkMigrationReady'>,
): CommandResult<void> {
  if (!supportsControllerRegistration(metadataLevel(image))) {
    const message = 'The current MetadataVersion is too old to support controller registrations.'
    throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION, message)
  }
  const value = {
    controllerId,
    incarnationId,
    zkMigrationReady: false,
    endPoints: listeners.map((each) => ({ ...each })),
    features: features.map((each) => ({ ...each })),
  }
  return { records: [{ type: 'RegisterControllerRecord', version: 0, value }], response: undefined }
}
