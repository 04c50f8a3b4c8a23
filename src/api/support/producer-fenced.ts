import { ErrorCode } from '../../../protocol/errors.ts'

/** The first version of each API whose clients know PRODUCER_FENCED (KIP-588). */
export const FIRST_FENCED_VERSION = {
  INIT_PRODUCER_ID: 4,
  ADD_PARTITIONS_TO_TXN: 2,
  ADD_OFFSETS_TO_TXN: 2,
  END_TXN: 2,
} as const

/** Clients before KIP-588 are told of a newer producer by the code that they know. */
export function knownToClient(code: number, knowsFenced: boolean): number {
  return code === ErrorCode.PRODUCER_FENCED && !knowsFenced ? ErrorCode.INVALID_PRODUCER_EPOCH : code
}
