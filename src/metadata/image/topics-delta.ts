import type { PartitionChangeRecord } from '../../../protocol/messages/partition-change-record.ts'
import type { PartitionRecord } from '../../../protocol/messages/partition-record.ts'
import type { TopicRecord } from '../../../protocol/messages/topic-record.ts'
import { MetadataReplayError } from '../replay-error.ts'
import type { MetadataChange } from './metadata-image.ts'
import { changedPartition, partitionFrom } from './partition-registration.ts'
import type { PartitionRegistration, TopicImage, TopicsImage } from './topics-image.ts'

/** A topic whose partitions may still be added and changed, until the delta is applied. */
interface TopicInChange {
  readonly name: string
  readonly id: string
  readonly partitions: PartitionRegistration[]
}

type TopicChanges = Pick<MetadataChange, 'createdTopics' | 'changedTopics' | 'deletedTopics'>

/** The changes that a run of records makes to the topics. */
export class TopicsDelta {
  readonly #image: TopicsImage
  /** Topics of the image that changed and topics that are new, by id. */
  readonly #changed = new Map<string, TopicInChange>()
  readonly #created = new Set<string>()
  readonly #deleted = new Map<string, TopicImage>()

  constructor(image: TopicsImage) {
    this.#image = image
  }

  topicRecord({ name, topicId }: TopicRecord): void {
    this.#changed.set(topicId, { name, id: topicId, partitions: [] })
    this.#created.add(topicId)
  }

  partitionRecord(record: PartitionRecord): void {
    this.#change(record.topicId).partitions[record.partitionId] = partitionFrom(record)
  }

  partitionChangeRecord(record: PartitionChangeRecord): void {
    const { partitions, name } = this.#change(record.topicId)
    const old = partitions[record.partitionId]
    if (old === undefined)
      throw new MetadataReplayError(`a change of the unknown partition ${name}-${record.partitionId}`)
    partitions[record.partitionId] = changedPartition(old, record)
  }

  /** Returns the topic's name: its configuration goes with it. */
  removeTopic(topicId: string): string {
    const inChange = this.#changed.get(topicId)
    const inImage = this.#image.getById(topicId)
    const topic = inChange ?? inImage
    if (topic === undefined) throw new MetadataReplayError(`the removal of an unknown topic with the id ${topicId}`)
    this.#changed.delete(topicId)
    // Nobody has heard of a topic that comes and goes within one delta.
    if (!this.#created.delete(topicId)) this.#deleted.set(topicId, inImage!)
    return topic.name
  }

  /** The empty name stands for every topic. */
  clearElr(topicName: string): void {
    for (const topic of topicName === '' ? this.#all() : this.#named(topicName)) {
      topic.partitions.forEach((partition, index) => {
        if (partition.elr.length === 0 && partition.lastKnownElr.length === 0) return
        this.#change(topic.id).partitions[index] = {
          ...partition,
          elr: [],
          lastKnownElr: [],
          partitionEpoch: partition.partitionEpoch + 1,
        }
      })
    }
  }

  apply(): { image: TopicsImage; changes: TopicChanges } {
    const createdTopics: TopicImage[] = []
    const changedTopics: { before: TopicImage; after: TopicImage }[] = []
    for (const topic of this.#changed.values()) {
      if (this.#created.has(topic.id)) createdTopics.push(topic)
      else changedTopics.push({ before: this.#image.getById(topic.id)!, after: topic })
    }
    const deletedTopics = [...this.#deleted.values()]
    const touched = this.#changed.size > 0 || deletedTopics.length > 0
    const image = touched ? this.#image.with(deletedTopics, this.#changed.values()) : this.#image
    return { image, changes: { createdTopics, changedTopics, deletedTopics } }
  }

  #change(topicId: string): TopicInChange {
    const known = this.#changed.get(topicId)
    if (known !== undefined) return known
    const before = this.#deleted.has(topicId) ? undefined : this.#image.getById(topicId)
    if (before === undefined) throw new MetadataReplayError(`a partition of an unknown topic with the id ${topicId}`)
    const topic = { name: before.name, id: topicId, partitions: before.partitions.slice() }
    this.#changed.set(topicId, topic)
    return topic
  }

  *#all(): Iterable<TopicImage> {
    for (const topic of this.#image) {
      if (!this.#changed.has(topic.id) && !this.#deleted.has(topic.id)) yield topic
    }
    yield* [...this.#changed.values()]
  }

  #named(name: string): TopicImage[] {
    return [...this.#all()].filter((topic) => topic.name === name)
  }
}
