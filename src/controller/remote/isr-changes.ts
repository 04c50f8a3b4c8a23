/**
 * AlterPartition on its way to the controller (KIP-497): one request at a time; what is asked for meanwhile goes with the
 * next one. Each caller gets the whole answer of the request that its partitions went with.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { AlterPartitionRequest, AlterPartitionResponse } from '../../../protocol/messages/alter-partition.ts'
import type { ControllerChannel } from './controller-channel.ts'

type Topics = AlterPartitionRequest['topics']

interface Options {
  readonly nodeId: number
  readonly brokerEpoch: () => bigint
  readonly channel: ControllerChannel
}

interface Waiting {
  readonly topics: Topics
  resolve(answer: AlterPartitionResponse): void
  reject(error: unknown): void
}

export class IsrChanges {
  readonly #options: Options
  #waiting: Waiting[] = []
  #isAsking = false

  constructor(options: Options) {
    this.#options = options
  }

  /** Rejects with the `KafkaError` of the whole request. */
  ask(topics: Topics): Promise<AlterPartitionResponse> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ topics, resolve, reject })
      if (!this.#isAsking) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isAsking = true
    // Changes that come in the same turn of the loop go together.
    await null
    while (this.#waiting.length > 0) {
      const asked = this.#waiting
      this.#waiting = []
      try {
        const answer = await this.#send(merged(asked.flatMap(({ topics }) => topics)))
        if (answer.errorCode !== ErrorCode.NONE) throw new KafkaError(answer.errorCode)
        for (const { resolve } of asked) resolve(answer)
      } catch (error) {
        for (const { reject } of asked) reject(error)
      }
    }
    this.#isAsking = false
  }

  #send(topics: Topics): Promise<AlterPartitionResponse> {
    const { nodeId, brokerEpoch, channel } = this.#options
    const body = (version: number) => ({
      brokerId: nodeId,
      brokerEpoch: brokerEpoch(),
      topics: version < FIRST_VERSION_WITH_EPOCHS ? topics.map(withoutEpochs) : topics,
    })
    return channel.request(AlterPartitionRequest, AlterPartitionResponse, body, {
      errorOf: ({ errorCode }) => errorCode,
    })
  }
}

const FIRST_VERSION_WITH_EPOCHS = 3

const withoutEpochs = ({ topicId, partitions }: Topics[number]) => ({
  topicId,
  partitions: partitions.map(({ newIsrWithEpochs, ...partition }) => ({
    ...partition,
    newIsr: newIsrWithEpochs.length > 0 ? newIsrWithEpochs.map(({ brokerId }) => brokerId) : partition.newIsr,
  })),
})

/** A topic once: its partitions may come from several callers. */
function merged(topics: Topics): Topics {
  const byId = new Map<string, Topics[number]['partitions'][number][]>()
  for (const { topicId, partitions } of topics) byId.set(topicId, [...(byId.get(topicId) ?? []), ...partitions])
  return [...byId].map(([topicId, partitions]) => ({ topicId, partitions }))
}
