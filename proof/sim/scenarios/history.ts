/** The answers that the clients were given, and the judgement of whether they can all be true. */

/** `topic-partition`. */
export type PartitionName = string

export interface Acknowledged {
  offset: number
  value: string
}

export interface LoggedRecord {
  offset: number
  value: string
}

export class History {
  readonly acknowledged = new Map<PartitionName, Acknowledged[]>()
  /** The values that somebody read, by partition and offset. */
  readonly #read = new Map<PartitionName, Map<number, string>>()
  /** The values that each group has processed, by group and partition. */
  readonly #processed = new Map<string, Set<number>>()
  /** The highest commit that was acknowledged, by group and partition. */
  readonly #committed = new Map<string, number>()
  readonly #producerIds = new Map<bigint, string>()
  /** Owners of partitions, by group, generation and partition. */
  readonly #owners = new Map<string, string>()
  /** Topics that were acknowledged as created and not asked to be deleted since, with their ids. */
  readonly topics = new Map<string, string>()
  readonly deletedTopicIds = new Set<string>()
  acknowledgedCount = 0
  committedCount = 0
  readonly violations: string[] = []

  violation(text: string): void {
    this.violations.push(text)
  }

  acknowledge(partition: PartitionName, baseOffset: number, values: readonly string[]): void {
    const list = getOrMake(this.acknowledged, partition, () => [])
    values.forEach((value, index) => {
      list.push({ offset: baseOffset + index, value })
    })
    this.acknowledgedCount += values.length
  }

  /** A record was read at an offset: whoever reads that offset, now or later, must find the same. */
  read(partition: PartitionName, offset: number, value: string, who: string): void {
    const seen = getOrMake(this.#read, partition, () => new Map<number, string>())
    const before = seen.get(offset)
    if (before === undefined) seen.set(offset, value)
    else if (before !== value) {
      this.violation(`${who} read ${value} at ${partition}@${offset}, where ${before} was read before`)
    }
  }

  process(group: string, partition: PartitionName, offset: number): void {
    getOrMake(this.#processed, `${group} ${partition}`, () => new Set<number>()).add(offset)
  }

  committed(group: string, partition: PartitionName): number {
    return this.#committed.get(`${group} ${partition}`) ?? -1
  }

  /** The broker has acknowledged the commit. */
  commit(group: string, partition: PartitionName, offset: number): void {
    this.committedCount++
    this.#committed.set(`${group} ${partition}`, Math.max(offset, this.committed(group, partition)))
  }

  /**
   * `acknowledgedBefore`: the highest acknowledged commit when the offsets were asked for. What a member is told counts from
   * then on like a commit that was acknowledged: it goes on from there.
   */
  fetchedCommit(group: string, partition: PartitionName, offset: number, acknowledgedBefore: number): void {
    if (offset < acknowledgedBefore) {
      this.violation(
        `${group} was told ${offset} as committed in ${partition}, after ${acknowledgedBefore} was acknowledged`,
      )
    }
    this.#committed.set(`${group} ${partition}`, Math.max(offset, this.committed(group, partition)))
  }

  own(group: string, generation: number, partition: PartitionName, member: string): void {
    const key = `${group} ${generation} ${partition}`
    const owner = this.#owners.get(key)
    if (owner !== undefined && owner !== member) {
      this.violation(`${partition} belongs to ${owner} and ${member} in generation ${generation} of ${group}`)
    }
    this.#owners.set(key, member)
  }

  producerId(id: bigint, who: string): void {
    const owner = this.#producerIds.get(id)
    if (owner !== undefined) this.violation(`the producer id ${id} was given to ${owner} and to ${who}`)
    this.#producerIds.set(id, who)
  }

  createTopic(name: string, id: string): void {
    if (this.deletedTopicIds.has(id)) this.violation(`the topic ${name} was created with the id ${id} of a deleted one`)
    this.topics.set(name, id)
  }

  /** From now on nobody knows; once the answer is called, the topic must be gone for ever. */
  deleteTopic(name: string): () => void {
    const id = this.topics.get(name)
    this.topics.delete(name)
    return () => {
      if (id !== undefined) this.deletedTopicIds.add(id)
    }
  }

  /** The whole log of a partition, at the end. */
  judgeLog(partition: PartitionName, records: readonly LoggedRecord[]): void {
    records.forEach(({ offset, value }, index) => {
      if (offset !== index) this.violation(`${partition} has the offset ${offset} in the place of ${index}`)
      this.read(partition, offset, value, 'the final reader')
    })
    for (const { offset, value } of this.acknowledged.get(partition) ?? []) {
      const found = records[offset]?.value
      if (found !== value) this.violation(`${value} was acknowledged at ${partition}@${offset}, where ${found} is`)
    }
    this.#judgeOrder(partition, records)
    const lastRead = Math.max(-1, ...(this.#read.get(partition)?.keys() ?? []))
    if (lastRead >= records.length) this.violation(`${partition} ends at ${records.length}, but ${lastRead} was read`)
  }

  /** A producer's values are `<producer>:<number>`, with numbers that rise by one; none may come twice. */
  #judgeOrder(partition: PartitionName, records: readonly LoggedRecord[]): void {
    const last = new Map<string, number>()
    for (const { offset, value } of records) {
      const colon = value.lastIndexOf(':')
      const producer = value.slice(0, colon)
      const number = Number(value.slice(colon + 1))
      const before = last.get(producer) ?? -1
      if (number !== before + 1) {
        this.violation(`${partition}@${offset} has ${value} after number ${before} of the same producer`)
      }
      last.set(producer, number)
    }
  }

  /** When all is quiet, the group has processed everything and committed the end. */
  judgeGroup(group: string, partition: PartitionName, endOffset: number): void {
    const processed = this.#processed.get(`${group} ${partition}`) ?? new Set()
    for (let offset = 0; offset < endOffset; offset++) {
      if (!processed.has(offset)) this.violation(`${group} never processed ${partition}@${offset}`)
    }
    const committed = this.committed(group, partition)
    if (committed > endOffset)
      this.violation(`${group} has committed ${committed} in ${partition}, which ends at ${endOffset}`)
  }
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
