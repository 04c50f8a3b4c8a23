/** The states of a transactional id, by Kafka's names and the numbers under which they stand in `__transaction_state`. */
export const TRANSACTION_STATES = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
] as const

/** `Dead` and `PrepareEpochFence` are moments inside of Kafka's coordinator: filters know them, no record holds them. */
export type TransactionStateName = (typeof TRANSACTION_STATES)[number]
export type TransactionState = Exclude<TransactionStateName, 'Dead' | 'PrepareEpochFence'>

const LAST_RECORDED_STATE = TRANSACTION_STATES.indexOf('CompleteAbort')

/** The states from which each one can be reached. */
const PREVIOUS_STATES: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  Empty: ['Empty', 'CompleteCommit', 'CompleteAbort'],
  Ongoing: ['Ongoing', 'Empty', 'CompleteCommit', 'CompleteAbort'],
  PrepareCommit: ['Ongoing'],
  // A client of transaction version 2 does not know whether its transaction has begun here, and may abort it anyway.
  PrepareAbort: ['Ongoing', 'Empty', 'CompleteCommit', 'CompleteAbort'],
  CompleteCommit: ['PrepareCommit'],
  CompleteAbort: ['PrepareAbort'],
}

export const canFollow = (to: TransactionState, from: TransactionState): boolean => PREVIOUS_STATES[to].includes(from)

export const stateId = (state: TransactionState): number => TRANSACTION_STATES.indexOf(state)

/** Throws for a number that no record of Kafka's has. */
export function stateOfId(id: number): TransactionState {
  if (id < 0 || id > LAST_RECORDED_STATE) throw new RangeError(`A transaction cannot be in state ${id}`)
  return TRANSACTION_STATES[id] as TransactionState
}
