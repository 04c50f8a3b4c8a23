/**
 * WriteTxnMarkers: the transaction coordinator has the leaders of a transaction's partitions write its end (KIP-98).
 *
 * - v2: the transaction version, by which the marker's epoch is judged (KIP-1228).
 */
import { array, bool, type Decoded, int8, int16, int32, int64, request, response, string } from '../schema.ts'

export const WriteTxnMarkersRequest = request({
  name: 'WriteTxnMarkersRequest',
  apiKey: 27,
  versions: '1-2',
  dropped: '0',
  flexible: '1+',
  fields: () => ({
    markers: array({
      producerId: int64(),
      producerEpoch: int16(),
      transactionResult: bool(),
      topics: array({
        name: string(),
        partitionIndexes: array(int32()),
      }),
      coordinatorEpoch: int32(),
      transactionVersion: int8('2+').ignorable(),
    }),
  }),
})
export type WriteTxnMarkersRequest = Decoded<typeof WriteTxnMarkersRequest>

export const WriteTxnMarkersResponse = response({
  name: 'WriteTxnMarkersResponse',
  apiKey: 27,
  versions: '1-2',
  dropped: '0',
  flexible: '1+',
  fields: () => ({
    markers: array({
      producerId: int64(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  }),
})
export type WriteTxnMarkersResponse = Decoded<typeof WriteTxnMarkersResponse>
