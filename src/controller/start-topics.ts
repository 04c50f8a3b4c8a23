import { ErrorCode, errorName, KafkaError } from '../../protocol/errors.ts'
import type { TopicToCreate } from '../config/index.ts'
import type { Clock } from '../env/index.ts'
import type { Logger } from '../env/logger.ts'
import { BROKER_PRINCIPAL } from './broker-principal.ts'
import type { Controller } from './controller.ts'

const CREATE_TIMEOUT_MS = 30_000

/**
 * Creates the topics that were asked for at the start; those that exist are left as they are. A topic that cannot be
 * created is the user's mistake, and the start fails with a sentence that says which.
 */
export async function createStartTopics(
  topics: readonly TopicToCreate[],
  controller: Controller,
  clock: Clock,
  logger: Logger,
): Promise<void> {
  for (const { name, partitions, replicationFactor, configs } of topics) {
    if (controller.image.topics.get(name) !== undefined) continue
    const topic = {
      name,
      numPartitions: partitions ?? -1,
      replicationFactor: replicationFactor ?? -1,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }
    // One request a topic: what one request may create is bounded, what a person may ask for is not.
    const response = await controller.createTopics(
      { principal: BROKER_PRINCIPAL, deadlineMs: clock.monotonicMs() + CREATE_TIMEOUT_MS },
      { topics: [topic], timeoutMs: CREATE_TIMEOUT_MS, validateOnly: false },
      () => true,
    )
    const { errorCode = ErrorCode.NONE, errorMessage } = response.topics?.[0] ?? {}
    if (errorCode === ErrorCode.INVALID_REPLICATION_FACTOR) {
      const { size } = controller.image.cluster.brokers
      const wanted =
        replicationFactor === null ? 'the replicas of default.replication.factor' : `${replicationFactor} replicas`
      const there = size === 1 ? 'there is 1 broker' : `there are ${size} brokers`
      throw new KafkaError(errorCode, `Cannot create topic ${name} with ${wanted}: ${there}.`)
    }
    if (errorCode !== ErrorCode.NONE) {
      throw new KafkaError(errorCode, `Cannot create topic ${name}: ${errorMessage ?? errorName(errorCode)}`)
    }
    logger.info(`Created topic ${name}`)
  }
}
