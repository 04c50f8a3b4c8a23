/**
 * FindCoordinator: which broker coordinates a group, a transactional id or a share partition.
 *
 * - v1: key type, 0 for a group and 1 for a transactional id (KIP-98).
 * - v2: the response is sent before the client is throttled (KIP-219).
 * - v4: several keys at once (KIP-699). v5: the client knows TRANSACTION_ABORTABLE (KIP-890).
 * - v6: key type 2, a share partition, with keys of the form `groupId:topicId:partition` (KIP-932).
 */
import { array, type Decoded, int8, int16, int32, request, response, string } from '../schema.ts'

export const FindCoordinatorRequest = request({
  name: 'FindCoordinatorRequest',
  apiKey: 10,
  versions: '0-6',
  flexible: '3+',
  fields: () => ({
    key: string('0-3'),
    keyType: int8('1+'),
    coordinatorKeys: array('4+', string()),
  }),
})
export type FindCoordinatorRequest = Decoded<typeof FindCoordinatorRequest>

export const FindCoordinatorResponse = response({
  name: 'FindCoordinatorResponse',
  apiKey: 10,
  versions: '0-6',
  flexible: '3+',
  fields: () => ({
    throttleTimeMs: int32('1+').ignorable(),
    errorCode: int16('0-3'),
    errorMessage: string('1-3').nullable().ignorable(),
    nodeId: int32('0-3'),
    host: string('0-3'),
    port: int32('0-3'),
    coordinators: array('4+', {
      key: string(),
      nodeId: int32(),
      host: string(),
      port: int32(),
      errorCode: int16(),
      errorMessage: string().nullable(),
    }),
  }),
})
export type FindCoordinatorResponse = Decoded<typeof FindCoordinatorResponse>
