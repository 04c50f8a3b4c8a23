/** Topics that a Streams application needs for itself, created in the name of the member whose heartbeat missed them. */
import type { BrokerConfig } from '../../../config/index.ts'
import type { AdminRequests } from '../../../controller/admin-requests.ts'
import { CREATE_TOPICS_VERSION } from '../../../controller/create-topic-request.ts'
import type { InternalTopic } from '../../../coordinator/group/streams/topology/topology.ts'
import type { RequestContext } from '../../../dispatch/handler.ts'
import type { Clock } from '../../../env/index.ts'
import type { Logger } from '../../../env/logger.ts'
import { controllerContext } from '../controller-context.ts'

interface Services {
  readonly controller: AdminRequests
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly logger: Logger
}

const BROKER_DEFAULT = -1
/** As many failures as are remembered; the oldest go first. */
const MAX_FAILURES = 1000

interface Failure {
  readonly message: string
  readonly untilMs: number
}

export class StreamsTopicCreation {
  readonly #services: Services
  readonly #underWay = new Set<string>()
  /** Topics that could not be created, by name: as long as a failure is remembered the topic is not tried again. */
  readonly #failures = new Map<string, Failure>()

  constructor(services: Services) {
    this.#services = services
  }

  /** Returns at once. What fails is remembered for `failureMs`. */
  create(context: RequestContext, topics: readonly InternalTopic[], failureMs: number): void {
    const failed = new Set(this.failures(topics.map(({ name }) => name)).map(([name]) => name))
    const wanted = topics.filter(({ name }) => !this.#underWay.has(name) && !failed.has(name))
    if (wanted.length === 0) return
    for (const { name } of wanted) this.#underWay.add(name)
    void this.#submit(context, wanted, failureMs).finally(() => {
      for (const { name } of wanted) this.#underWay.delete(name)
    })
  }

  /** The topics among `names` that could not be created lately, and why. */
  failures(names: readonly string[]): [name: string, message: string][] {
    const nowMs = this.#services.clock.monotonicMs()
    return names.flatMap((name) => {
      const failure = this.#failures.get(name)
      return failure !== undefined && nowMs < failure.untilMs ? [[name, failure.message]] : []
    })
  }

  async #submit(context: RequestContext, topics: readonly InternalTopic[], failureMs: number): Promise<void> {
    const { controller, config, clock, logger } = this.#services
    const timeoutMs = config.get('request.timeout.ms')
    const request = { topics: topics.map(creatable), timeoutMs, validateOnly: false }
    const about = { ...controllerContext(context, clock, timeoutMs), apiVersion: CREATE_TOPICS_VERSION }
    try {
      const { topics: results = [] } = await controller.forward('CreateTopics', request, about)
      for (const { name = '', errorCode = 0, errorMessage } of results) {
        if (errorCode !== 0) this.#remember(name, errorMessage || `error ${errorCode}`, failureMs)
      }
    } catch (error) {
      logger.warn({ err: error }, `The topics ${topics.map(({ name }) => name).join(', ')} could not be created`)
      for (const { name } of topics) this.#remember(name, (error as Error).message, failureMs)
    }
  }

  #remember(name: string, message: string, failureMs: number): void {
    this.#failures.delete(name)
    this.#failures.set(name, { message, untilMs: this.#services.clock.monotonicMs() + failureMs })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > MAX_FAILURES && oldest !== undefined) this.#failures.delete(oldest)
  }
}

function creatable({ name, partitions, replicationFactor, topicConfigs }: InternalTopic) {
  return {
    name,
    numPartitions: partitions,
    replicationFactor: replicationFactor === 0 ? BROKER_DEFAULT : replicationFactor,
    assignments: [],
    configs: topicConfigs.map(({ key, value }) => ({ name: key, value })),
  }
}
