/**
 * Tells the controller in which directories this broker has put its replicas (AssignReplicasToDirs, KIP-858): the newest
 * place of each replica, again and again until the controller has it.
 */
import { ErrorCode, errorName } from '../../../protocol/errors.ts'
import {
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
} from '../../../protocol/messages/assign-replicas-to-dirs.ts'
import type { Clock } from '../../env/index.ts'
import type { Logger } from '../../env/logger.ts'
import type { ReplicaPlace } from '../../metadata/replica-place.ts'
import { directoriesOf } from '../directories-of-replicas.ts'
import type { ControllerChannel } from './controller-channel.ts'
import { Pause } from './pause.ts'

/** Kafka's bound on one request. */
const MAX_PLACES = 2_250
const BACKOFF_MS = 500

interface Options {
  readonly nodeId: number
  readonly brokerEpoch: () => bigint
  readonly channel: ControllerChannel
  readonly clock: Clock
  readonly logger: Logger
}

/** Errors of a partition that another try may not meet: the replica is not known to the controller yet. */
const WORTH_ANOTHER_TRY: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
])

export class DirectoryAssignments {
  readonly #options: Options
  readonly #pause: Pause
  /** By topic id and partition. */
  readonly #wanted = new Map<string, ReplicaPlace>()
  #running: Promise<void> | null = null
  #isStopped = false

  constructor(options: Options) {
    this.#options = options
    this.#pause = new Pause(options.clock)
  }

  add(places: readonly ReplicaPlace[]): void {
    for (const place of places) this.#wanted.set(keyOf(place), place)
    if (this.#isStopped) return
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#pause.end()
  }

  async #run(): Promise<void> {
    const { logger } = this.#options
    while (this.#wanted.size > 0 && !this.#isStopped) {
      const places = [...this.#wanted.values()].slice(0, MAX_PLACES)
      try {
        if (await this.#send(places)) continue
      } catch (err) {
        if (!this.#isStopped)
          logger.warn({ err }, 'The directories of replicas could not be made known; it is tried again')
      }
      await this.#pause.take(BACKOFF_MS)
    }
  }

  /** Whether the controller has taken all of them. */
  async #send(places: readonly ReplicaPlace[]): Promise<boolean> {
    const { nodeId, brokerEpoch, channel, logger } = this.#options
    const body = { brokerId: nodeId, brokerEpoch: brokerEpoch(), directories: directoriesOf(places) }
    const answer = await channel.request(AssignReplicasToDirsRequest, AssignReplicasToDirsResponse, body, {
      errorOf: ({ errorCode }) => errorCode,
    })
    if (answer.errorCode !== ErrorCode.NONE) {
      logger.warn(`The directories of replicas were refused with ${errorName(answer.errorCode)}; it is tried again`)
      return false
    }
    let isComplete = true
    for (const { topics } of answer.directories) {
      for (const { topicId, partitions } of topics) {
        for (const { partitionIndex: partition, errorCode } of partitions) {
          if (WORTH_ANOTHER_TRY.has(errorCode)) isComplete = false
          else this.#settle(places, { topicId, partition }, errorCode)
        }
      }
    }
    return isComplete
  }

  /** A place that has become another one meanwhile stays wanted. */
  #settle(
    places: readonly ReplicaPlace[],
    replica: Pick<ReplicaPlace, 'topicId' | 'partition'>,
    errorCode: number,
  ): void {
    const key = keyOf(replica)
    const sent = places.find((place) => keyOf(place) === key)
    if (this.#wanted.get(key) === sent) this.#wanted.delete(key)
    if (errorCode !== ErrorCode.NONE) {
      this.#options.logger.warn(
        `The directory of ${sent?.topic}-${replica.partition} was refused: ${errorName(errorCode)}`,
      )
    }
  }
}

const keyOf = ({ topicId, partition }: Pick<ReplicaPlace, 'topicId' | 'partition'>): string => `${topicId}:${partition}`
