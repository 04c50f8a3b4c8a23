/**
 * The file `*.snapshot`: the producers that a partition knew at an offset (KIP-98).
 */
import { array, type Decoded, data, int16, int32, int64, uint32 } from '../schema.ts'

export const ProducerSnapshot = data({
  name: 'ProducerSnapshot',
  versions: '1',
  flexible: 'none',
  fields: () => ({
    crc: uint32(),
    producerEntries: array({
      producerId: int64(),
      epoch: int16(),
      lastSequence: int32(),
      lastOffset: int64(),
      offsetDelta: int32(),
      timestamp: int64(),
      coordinatorEpoch: int32(),
      currentTxnFirstOffset: int64(),
    }),
  }),
})
export type ProducerSnapshot = Decoded<typeof ProducerSnapshot>
