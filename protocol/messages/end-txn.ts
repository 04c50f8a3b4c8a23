/**
 * EndTxn: commit or abort a transaction (KIP-98).
 *
 * - v1: the response is sent before the client is throttled (KIP-219). v2: the client knows PRODUCER_FENCED.
 * - v4: and TRANSACTION_ABORTABLE (KIP-890).
 * - v5: every transaction has an epoch of its own; the response says the next one, and the id (KIP-890, part 2).
 */
import { bool, type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const EndTxnRequest = request({
  name: 'EndTxnRequest',
  apiKey: 26,
  versions: '0-5',
  flexible: '3+',
  fields: () => ({
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: bool(),
  }),
})
export type EndTxnRequest = Decoded<typeof EndTxnRequest>

export const EndTxnResponse = response({
  name: 'EndTxnResponse',
  apiKey: 26,
  versions: '0-5',
  flexible: '3+',
  fields: () => ({
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64('5+').default(-1n).ignorable(),
    producerEpoch: int16('5+').default(-1).ignorable(),
  }),
})
export type EndTxnResponse = Decoded<typeof EndTxnResponse>
