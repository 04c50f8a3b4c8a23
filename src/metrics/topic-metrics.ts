/**
 * Kafka's BrokerTopicMetrics: plain numbers, which partitions and handlers add to. A partition keeps the object of its
 * topic, so that counting looks nothing up; the sums over all topics are made when they are asked for.
 */
export class TopicMetrics {
  messagesIn = 0
  bytesIn = 0
  bytesOut = 0
  /** Bytes of batches that were larger than the topic allows. */
  bytesRejected = 0
  totalProduceRequests = 0
  failedProduceRequests = 0
  totalFetchRequests = 0
  failedFetchRequests = 0
  replicationBytesIn = 0
  replicationBytesOut = 0
  /** Batches that were refused for a checksum, or for what their records say (KIP-544). */
  invalidMessageCrcRecords = 0

  add(other: TopicMetrics): void {
    for (const name of TOPIC_COUNTERS) this[name] += other[name]
  }
}

export type TopicCounter = {
  [Key in keyof TopicMetrics]: TopicMetrics[Key] extends number ? Key : never
}[keyof TopicMetrics]

export const TOPIC_COUNTERS = Object.keys(new TopicMetrics()) as readonly TopicCounter[]

export class AllTopicMetrics {
  readonly #topics = new Map<string, TopicMetrics>()
  /** The counts of topics that are gone: a sum over all topics never goes back. */
  readonly #gone = new TopicMetrics()

  of(topic: string): TopicMetrics {
    let metrics = this.#topics.get(topic)
    if (metrics === undefined) {
      metrics = new TopicMetrics()
      this.#topics.set(topic, metrics)
    }
    return metrics
  }

  /** No partition of the topic is here any more. */
  forget(topic: string): void {
    const metrics = this.#topics.get(topic)
    if (metrics === undefined) return
    this.#gone.add(metrics)
    this.#topics.delete(topic)
  }

  all(): ReadonlyMap<string, TopicMetrics> {
    return this.#topics
  }

  sum(): TopicMetrics {
    const sum = new TopicMetrics()
    sum.add(this.#gone)
    for (const metrics of this.#topics.values()) sum.add(metrics)
    return sum
  }
}
