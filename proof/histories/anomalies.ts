/** Names are those of Jepsen's Kafka workload, where it has one. */
export type AnomalyType =
  /** One offset has two values, or one value was acknowledged at an offset and read at another. */
  | 'inconsistent-offsets'
  /** A value is in the log more than once. */
  | 'duplicate'
  /** A value that was acknowledged was passed over by everybody who read on behind it. */
  | 'lost-write'
  /** A value was read that nobody has sent. */
  | 'unwritten'
  /** A value was read whose writer knows that it was not written. */
  | 'G1a'
  /** Some values of a transaction were read, others are missing where they should be. */
  | 'G1b'
  /** Transactions have read what others wrote, round in a circle: they cannot have happened in any order. */
  | 'G1c'
  /** A value was read before its writer asked for the commit. */
  | 'dirty-read'
  /** A transaction has read what it wrote itself. */
  | 'precommitted-read'
  /** Transactions have written behind each other, round in a circle. */
  | 'G0'
  /** Something stands in a log before what was finished before it began. */
  | 'G0-realtime'
  | 'poll-skip'
  | 'nonmonotonic-poll'
  | 'nonmonotonic-send'
  /** `int-`: within one transaction. */
  | 'int-poll-skip'
  | 'int-nonmonotonic-poll'
  | 'int-send-skip'
  | 'int-nonmonotonic-send'

export interface Anomaly {
  readonly type: AnomalyType
  readonly text: string
}

/**
 * Anomalies that Kafka never promised to prevent: transactions of several producers are interleaved in a log as they
 * come, so that others' records stand between those of one, and two of them behind each other in two logs.
 */
export const ALLOWED_BY_KAFKA: ReadonlySet<AnomalyType> = new Set(['G0', 'int-send-skip'])
