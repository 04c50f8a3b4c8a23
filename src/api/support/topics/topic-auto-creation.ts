import { ErrorCode } from '../../../../protocol/errors.ts'
import type { BrokerConfig } from '../../../config/index.ts'
import type { AdminRequests } from '../../../controller/admin-requests.ts'
import { CREATE_TOPICS_VERSION, createTopicRequest } from '../../../controller/create-topic-request.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import type { Clock } from '../../../env/index.ts'
import { CONSUMER_OFFSETS_TOPIC, isInternalTopic, TRANSACTION_STATE_TOPIC } from '../../../metadata/internal-topics.ts'
import type { PublishedMetadata } from '../../../metadata/metadata-publisher.ts'
import { isValidTopicName } from '../../../metadata/topic-name.ts'
import { controllerContext } from '../controller-context.ts'
import type { InternalTopicCreation } from './internal-topic-creation.ts'

interface Services {
  controller: AdminRequests
  metadata: Pick<PublishedMetadata, 'subscribe'>
  config: BrokerConfig
  clock: Clock
  internalTopics: InternalTopicCreation
}

/** So long after its deletion, whoever asks for a topic may be waiting to see it gone. */
const DELETED_LATELY_MS = 60_000

/**
 * Topics that come into being because a client asked for them (auto.create.topics.enable). Apache answers that a topic
 * is unknown and creates it meanwhile; here the answer waits for the topic, so that clients need not ask twice. But of a
 * topic that was deleted a moment ago clients want to hear once that it is gone, and are answered as by Apache.
 */
export class TopicAutoCreation {
  readonly #services: Services
  /** Many clients may ask for the same new topic at once; it is created for the first. */
  readonly #underWay = new Map<string, Promise<number>>()

  /** When topics were deleted that nobody has asked for since, by name; the oldest comes first. */
  readonly #deletedMs = new Map<string, number>()

  constructor(services: Services) {
    this.#services = services
    services.metadata.subscribe(({ deletedTopics, createdTopics }) => {
      for (const { name } of createdTopics) this.#deletedMs.delete(name)
      this.#forgetOld()
      for (const { name } of deletedTopics) this.#deletedMs.set(name, services.clock.monotonicMs())
    })
  }

  /** The error of a topic that does not exist and is not to be created. */
  whyMissing(name: string): number {
    return isValidTopicName(name) ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION
  }

  /** Resolves when the topics are there and have leaders, to the error codes of those that are not. */
  async create(context: RequestContext, names: readonly string[]): Promise<Map<string, number>> {
    const failures = new Map<string, number>()
    this.#forgetOld()
    await Promise.all(
      names.map(async (name) => {
        const creation = this.#createOne(context, name)
        const isDeletedLately = this.#deletedMs.has(name)
        if (isDeletedLately) creation.catch(() => {})
        const errorCode = isDeletedLately ? this.whyMissing(name) : await creation
        if (errorCode !== ErrorCode.NONE) failures.set(name, errorCode)
      }),
    )
    return failures
  }

  #forgetOld(): void {
    const oldestMs = this.#services.clock.monotonicMs() - DELETED_LATELY_MS
    for (const [name, deletedMs] of this.#deletedMs) {
      if (deletedMs >= oldestMs) return
      this.#deletedMs.delete(name)
    }
  }

  #createOne(context: RequestContext, name: string): Promise<number> {
    let creation = this.#underWay.get(name)
    if (creation === undefined) {
      creation = this.#submit(context, name).finally(() => this.#underWay.delete(name))
      this.#underWay.set(name, creation)
    }
    return creation
  }

  async #submit(context: RequestContext, name: string): Promise<number> {
    const { controller, config, clock, internalTopics } = this.#services
    if (!isValidTopicName(name)) return ErrorCode.INVALID_TOPIC_EXCEPTION
    if (name === CONSUMER_OFFSETS_TOPIC || name === TRANSACTION_STATE_TOPIC) {
      return (await internalTopics.ensure(name)) ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    }
    // The state of a coordinator that this broker does not have.
    if (isInternalTopic(name)) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    const timeoutMs = config.get('request.timeout.ms')
    const { topics = [] } = await controller.forward('CreateTopics', createTopicRequest({ name }, timeoutMs), {
      ...controllerContext(context, clock, timeoutMs),
      apiVersion: CREATE_TOPICS_VERSION,
    })
    const errorCode = topics[0]?.errorCode ?? ErrorCode.NONE
    // Why a topic could not be created is never told: Kafka does not wait to know.
    const isThere = errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS
    return isThere ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  }
}
