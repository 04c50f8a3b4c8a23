/**
 * An entry of the file `*.txnindex`: an aborted transaction of a segment, behind its version (KIP-98).
 */
import { type Decoded, data, int64 } from '../schema.ts'

export const AbortedTxn = data({
  name: 'AbortedTxn',
  versions: '0',
  flexible: 'none',
  fields: () => ({
    producerId: int64(),
    firstOffset: int64(),
    lastOffset: int64(),
    lastStableOffset: int64(),
  }),
})
export type AbortedTxn = Decoded<typeof AbortedTxn>
