/**
 * A command of the controller is a pure function of the controller's state, of a request and of its context. The
 * records it returns are the change; the response is answered once they are durable and published.
 */
import type { BrokerConfig } from '../../config/broker-config.ts'
import type { MetadataImage } from '../../metadata/image/metadata-image.ts'
import type { QuorumImage, Voter } from '../../metadata/image/quorum-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import type { Principal } from '../../security/principal.ts'
import type { MutationAllowance } from '../../security/quotas/mutation-quotas.ts'

/** The controller's knowledge at the moment a command runs. */
export interface CommandState {
  /** Everything that was written before this command, durable or not. */
  readonly image: MetadataImage
  /** The offset that the command's first record will have. */
  readonly nextOffset: number
  /** The node of the controller. */
  readonly nodeId: number
  readonly config: BrokerConfig
  /** The node as a voter of the quorum, whether the log says so or not. */
  readonly voter: Voter
  /** The epoch in which the controller leads. */
  readonly epoch: number
  /** The end of what is committed. */
  readonly endOffset: number
  /** Wall clock, in milliseconds since the epoch. */
  readonly nowMs: number
  /** Nodes that read the log, and how far they are. */
  readonly observers: readonly QuorumObserver[]
}

/** A node that fetches the metadata log and does not vote, as DescribeQuorum shows it. */
export interface QuorumObserver {
  readonly replicaId: number
  /** The directory of its copy; Kafka's zero id where it did not say. */
  readonly directoryId: string
  readonly logEndOffset: number
  /** Wall clock; -1: never. */
  readonly lastFetchMs: number
  readonly lastCaughtUpMs: number
}

/** How a request came, and what chance has decided for it. */
export interface CommandContext {
  readonly apiVersion: number
  /** The client. */
  readonly principal: Principal
  /** New topics whose configuration the client may see in the answer (DescribeConfigs). */
  readonly describableTopics: ReadonlySet<string>
  /** One for each topic, or for each ACL, of the request, in its order; one for a delegation token. */
  readonly chances: readonly Chance[]
  /** The client's quota of new and deleted partitions; null: it has none. */
  readonly mutations: MutationAllowance | null
}

/** The random values that one topic of a request may need, drawn before the command runs. */
export interface Chance {
  /** A new id, in Kafka's text. */
  readonly uuid: string
  /** A whole number in [0, 2^31). */
  readonly integer: number
}

/** Throws when the command was given fewer chances than its request has topics, which is a bug of its caller. */
export function chanceOf(chances: readonly Chance[], topicIndex: number): Chance {
  const chance = chances[topicIndex]
  if (chance === undefined) throw new Error(`No chance was drawn for topic ${topicIndex} of the request`)
  return chance
}

export interface CommandResult<Response> {
  /** Appended as one batch: all of them become true or none. */
  readonly records: readonly MetadataRecord[]
  readonly response: Response
  /** Another quorum than before, in a batch of its own ahead of the records. */
  readonly quorum?: QuorumImage
  /** Partitions that count for the client's quota; absent: none. */
  readonly mutations?: number
}

export type Command<Request, Response> = (
  state: CommandState,
  request: Request,
  context: CommandContext,
) => CommandResult<Response>

/** Kafka's bound on what one request may write. */
export const MAX_RECORDS_PER_COMMAND = 10_000

/** The values that occur once, in order, and those that occur more often. */
export function splitDuplicates<T>(values: Iterable<T>): { unique: Set<T>; duplicate: Set<T> } {
  const unique = new Set<T>()
  const duplicate = new Set<T>()
  for (const value of values) {
    if (duplicate.has(value)) continue
    if (unique.delete(value)) duplicate.add(value)
    else unique.add(value)
  }
  return { unique, duplicate }
}
