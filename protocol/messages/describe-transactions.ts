/**
 * DescribeTransactions: state, producer and partitions of transactional ids (KIP-664).
 */
import { array, type Decoded, int16, int32, int64, request, response, string } from '../schema.ts'

export const DescribeTransactionsRequest = request({
  name: 'DescribeTransactionsRequest',
  apiKey: 65,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    transactionalIds: array(string()),
  }),
})
export type DescribeTransactionsRequest = Decoded<typeof DescribeTransactionsRequest>

export const DescribeTransactionsResponse = response({
  name: 'DescribeTransactionsResponse',
  apiKey: 65,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    throttleTimeMs: int32(),
    transactionStates: array({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string(),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: int64(),
      producerId: int64(),
      producerEpoch: int16(),
      topics: array({
        topic: string().mapKey(),
        partitions: array(int32()),
      }),
    }),
  }),
})
export type DescribeTransactionsResponse = Decoded<typeof DescribeTransactionsResponse>
