/**
 * Leaders ask the controller for other in-sync replicas (AlterPartition, KIP-497): at most one request is on its way, and the proposals that come meanwhile go together into the next one.
 *
 * States of a proposal: waiting → sent → decided | void | refused | waiting again. Decided: the controller's answer is
 * taken over at once, before the metadata say the same. Void: the leader, its epoch or the partition's epoch is another
 * one, and the metadata will say which; until then the proposal stays the stricter reading. Refused: it will never be
 * carried out. Anything else is a failure that passes, and the same proposal is sent again: the controller may have
 * carried it out, and whether it has must be known before there is another one.
 */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts'
import type { AlterPartitionRequest, AlterPartitionResponse } from '../../protocol/messages/alter-partition.ts'
import type { Encodable } from '../../protocol/schema.ts'
import type { Clock } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import type { InSyncProposal } from './in-sync-replicas.ts'
import type { ProposingPartition } from './partition-state.ts'

/** Rejects with a `KafkaError` where the whole request is refused. */
export type AlterPartition = (
  topics: AlterPartitionRequest['topics'],
) => Promise<Encodable<typeof AlterPartitionResponse>>

export interface InSyncProposalsOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly nodeId: number
  /** This broker's epoch, as the metadata have it. */
  brokerEpoch(): bigint
  readonly alterPartition: AlterPartition
}

interface Waiting {
  readonly partition: ProposingPartition
  readonly proposal: InSyncProposal
}

/** Kafka's wait after an answer that says that another one is to be expected. */
const RETRY_MS = 50

/** The controller has another view, and its metadata will tell. */
const VOID: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.INVALID_UPDATE_VERSION,
  ErrorCode.INVALID_REQUEST,
  ErrorCode.NEW_LEADER_ELECTED,
])
const REFUSED: ReadonlySet<number> = new Set([ErrorCode.OPERATION_NOT_ATTEMPTED, ErrorCode.INELIGIBLE_REPLICA])

export class InSyncProposals {
  readonly #options: InSyncProposalsOptions
  readonly #waiting = new Map<string, Waiting>()
  #isBusy = false
  #isStopped = false

  constructor(options: InSyncProposalsOptions) {
    this.#options = options
  }

  submit(partition: ProposingPartition, proposal: InSyncProposal): void {
    this.#waiting.set(keyOf(partition.topicId, partition.partition), { partition, proposal })
    // Proposals of one turn of the loop go together.
    this.#options.clock.defer(() => this.#send())
  }

  stop(): void {
    this.#isStopped = true
  }

  #send(): void {
    if (this.#isBusy || this.#isStopped) return
    const sent = new Map([...this.#waiting].filter(([, waiting]) => isWanted(waiting)))
    this.#waiting.clear()
    if (sent.size === 0) return
    this.#isBusy = true
    this.#options.alterPartition(this.#topicsOf(sent.values())).then(
      ({ errorCode, topics }) => {
        if (errorCode) this.#failed(sent, new KafkaError(errorCode))
        else this.#answered(sent, topics ?? [])
      },
      (error) => this.#failed(sent, error),
    )
  }

  #topicsOf(waiting: Iterable<Waiting>): AlterPartitionRequest['topics'] {
    const topics = new Map<string, AlterPartitionRequest['topics'][number]['partitions'][number][]>()
    for (const { partition, proposal } of waiting) {
      const partitions = topics.get(partition.topicId) ?? []
      topics.set(partition.topicId, partitions)
      partitions.push({
        partitionIndex: partition.partition,
        leaderEpoch: proposal.leaderEpoch,
        partitionEpoch: proposal.partitionEpoch,
        newIsr: [],
        newIsrWithEpochs: proposal.replicas.map((brokerId) => ({
          brokerId,
          brokerEpoch:
            brokerId === this.#options.nodeId ? this.#options.brokerEpoch() : partition.brokerEpochOf(brokerId),
        })),
        leaderRecoveryState: 0,
      })
    }
    return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }))
  }

  #answered(
    sent: ReadonlyMap<string, Waiting>,
    topics: NonNullable<Encodable<typeof AlterPartitionResponse>['topics']>,
  ): void {
    const open = new Map(sent)
    let mustWait = false
    for (const { topicId, partitions = [] } of topics) {
      for (const answer of partitions) {
        const key = keyOf(topicId ?? '', answer.partitionIndex ?? -1)
        const waiting = open.get(key)
        if (waiting === undefined) continue
        open.delete(key)
        if (!settle(waiting, answer)) mustWait = this.#again(key, waiting)
      }
    }
    // A partition that was left out of the answer may have been left out of the request.
    for (const [key, waiting] of open) mustWait = this.#again(key, waiting)
    this.#next(mustWait)
  }

  #failed(sent: ReadonlyMap<string, Waiting>, err: unknown): void {
    const { logger } = this.#options
    logger.warn({ err }, 'The controller was asked in vain for other in-sync replicas; it will be asked again.')
    for (const [key, waiting] of sent) this.#again(key, waiting)
    this.#next(true)
  }

  #again(key: string, waiting: Waiting): true {
    // A newer proposal of the partition exists only if this one is over.
    if (!this.#waiting.has(key)) this.#waiting.set(key, waiting)
    return true
  }

  #next(mustWait: boolean): void {
    const { clock } = this.#options
    const goOn = (): void => {
      this.#isBusy = false
      this.#send()
    }
    if (mustWait) clock.schedule(RETRY_MS, goOn)
    else goOn()
  }
}

type Answer = NonNullable<NonNullable<Encodable<typeof AlterPartitionResponse>['topics']>[number]['partitions']>[number]

/** Whether the proposal is over, or waits for the metadata. */
function settle(waiting: Waiting, { errorCode = 0, leaderEpoch, partitionEpoch, isr }: Answer): boolean {
  const { partition, proposal } = waiting
  if (!isWanted(waiting) || VOID.has(errorCode)) return true
  if (REFUSED.has(errorCode)) {
    partition.withdraw(proposal)
    return true
  }
  if (errorCode !== ErrorCode.NONE) return false
  partition.decided({ leaderEpoch: leaderEpoch ?? -1, partitionEpoch: partitionEpoch ?? -1, inSyncReplicas: isr ?? [] })
  return true
}

const isWanted = ({ partition, proposal }: Waiting): boolean => partition.isProposed(proposal)

const keyOf = (topicId: string, partition: number): string => `${topicId}/${partition}`
