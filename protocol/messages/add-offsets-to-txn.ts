/**
 * AddOffsetsToTxn: the offsets of a group become part of a transaction (KIP-98).
 *
 * - v1: the response is sent before the client is throttled (KIP-219). v2: the client knows PRODUCER_FENCED.
 * - v4: and TRANSACTION_ABORTABLE (KIP-890).
 */
import { type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const AddOffsetsToTxnRequest = request({
  name: 'AddOffsetsToTxnRequest',
  apiKey: 25,
  versions: '0-4',
  flexible: '3+',
  fields: () => ({
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  }),
})
export type AddOffsetsToTxnRequest = Decoded<typeof AddOffsetsToTxnRequest>

export const AddOffsetsToTxnResponse = response({
  name: 'AddOffsetsToTxnResponse',
  apiKey: 25,
  versions: '0-4',
  flexible: '3+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
  }),
})
export type AddOffsetsToTxnResponse = Decoded<typeof AddOffsetsToTxnResponse>
