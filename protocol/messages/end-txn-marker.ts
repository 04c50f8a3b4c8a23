/**
 * Value of the control record that ends a transaction (KIP-98).
 */
import { type Decoded, data, int32 } from '../schema.ts'

export const EndTxnMarker = data({
  name: 'EndTxnMarker',
  versions: '0',
  flexible: 'none',
  fields: () => ({
    coordinatorEpoch: int32(),
  }),
})
export type EndTxnMarker = Decoded<typeof EndTxnMarker>
