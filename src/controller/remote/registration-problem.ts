import { ErrorCode, errorName, KafkaError } from '../../../protocol/errors.ts'

/** Errors of a registration that time may heal. */
export const WORTH_ANOTHER_TRY: ReadonlySet<number> = new Set([
  ErrorCode.DUPLICATE_BROKER_REGISTRATION,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.UNKNOWN_SERVER_ERROR,
  ErrorCode.NOT_CONTROLLER,
])

/** The registration's failure in a sentence that says what is wrong and what to do. */
export function registrationProblem(nodeId: number, error: unknown): KafkaError {
  const code = error instanceof KafkaError ? error.code : ErrorCode.UNKNOWN_SERVER_ERROR
  const sentence = SENTENCES.get(code)?.(nodeId)
  const detail = error instanceof KafkaError && error.code !== ErrorCode.REQUEST_TIMED_OUT ? errorName(code) : ''
  const message = sentence ?? `Broker ${nodeId} could not register: ${detail || (error as Error).message}.`
  const cause = code === ErrorCode.REQUEST_TIMED_OUT ? ` ${(error as Error).message}.` : ''
  return new KafkaError(code, `${message}${cause}`, { cause: error })
}

const SENTENCES: ReadonlyMap<number, (nodeId: number) => string> = new Map<number, (nodeId: number) => string>([
  [
    ErrorCode.DUPLICATE_BROKER_REGISTRATION,
    (nodeId) =>
      `Broker ${nodeId} is registered already: another process has this node.id, or the session of an earlier run has not ended yet.`,
  ],
  [
    ErrorCode.INCONSISTENT_CLUSTER_ID,
    () =>
      'The controllers belong to another cluster than the data directories: name the right controllers in controller.quorum.bootstrap.servers, or other log.dirs.',
  ],
  [
    ErrorCode.UNSUPPORTED_VERSION,
    () =>
      'The cluster has finalized features (kafka-features describe shows them) at levels that this release does not support: use a newer release, or lower them.',
  ],
  [
    ErrorCode.INVALID_REGISTRATION,
    (nodeId) =>
      `The controller takes the registration of broker ${nodeId} for invalid: its id may be a controller's, or its log directories another broker's (a copied meta.properties).`,
  ],
  [
    ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
    () =>
      'The controllers do not let this broker register: its principal needs CLUSTER_ACTION on the cluster, or a place in super.users.',
  ],
  [ErrorCode.REQUEST_TIMED_OUT, () => 'This broker could not register within initial.broker.registration.timeout.ms.'],
])
