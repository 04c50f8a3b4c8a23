import { ErrorCode } from '../../../../protocol/errors.ts'
import type { BrokerConfig } from '../../../config/index.ts'
import type { AdminRequests } from '../../../controller/admin-requests.ts'
import { CREATE_TOPICS_VERSION, createTopicRequest } from '../../../controller/create-topic-request.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import type { Clock } from '../../../env/index.ts'
import type { Logger } from '../../../env/logger.ts'
import { isInternalTopic } from '../../../metadata/internal-topics.ts'
import { isValidTopicName } from '../../../metadata/topic-name.ts'
import { controllerContext } from '../controller-context.ts'
import type { InternalTopicCreation } from './internal-topic-creation.ts'

interface Services {
  controller: AdminRequests
  config: BrokerConfig
  clock: Clock
  internalTopics: InternalTopicCreation
  logger: Pick<Logger, 'warn'>
}

/**
 * Topics that come into being because a client asked for them (auto.create.topics.enable). As by Apache they are unknown
 * in the answer to the question that creates them: a client that waits for a deletion sees it, and one that wants the topic
 * asks again.
 */
export class TopicAutoCreation {
  readonly #services: Services
  /** Many clients may ask for the same new topic at once; it is created for the first. */
  readonly #underWay = new Set<string>()

  constructor(services: Services) {
    this.#services = services
  }

  /** The error of a topic that does not exist, or not yet. */
  whyMissing(name: string): number {
    return isValidTopicName(name) ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION
  }

  /** Begins to create the topics. Nobody hears of one that cannot be created: Kafka does not wait to know. */
  create(context: RequestContext, names: readonly string[]): void {
    for (const name of names) {
      if (this.#underWay.has(name) || !isValidTopicName(name)) continue
      this.#underWay.add(name)
      void this.#submit(context, name)
        .catch(({ message }: Error) => {
          this.#services.logger.warn(`The topic ${name}, for which a client asked, could not be created: ${message}`)
        })
        .finally(() => this.#underWay.delete(name))
    }
  }

  async #submit(context: RequestContext, name: string): Promise<void> {
    const { controller, config, clock, internalTopics } = this.#services
    if (isInternalTopic(name)) {
      await internalTopics.ensure(name)
      return
    }
    const timeoutMs = config.get('request.timeout.ms')
    // Kafka's brokers send what they were told themselves; the controller may have been told otherwise.
    const told = (key: 'num.partitions' | 'default.replication.factor') => (config.isSet(key) ? config.get(key) : null)
    const topic = { name, partitions: told('num.partitions'), replicationFactor: told('default.replication.factor') }
    await controller.forward('CreateTopics', createTopicRequest(topic, timeoutMs), {
      ...controllerContext(context, clock, timeoutMs),
      apiVersion: CREATE_TOPICS_VERSION,
    })
  }
}
