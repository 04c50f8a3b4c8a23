interface AnsweredTopic<Partition> {
  readonly name?: string
  readonly topicId?: string
  readonly partitions?: readonly Partition[]
}

/** Answers to a topic's partitions that came about in different ways, together: each topic once, in order of its first. */
export function mergedTopics<Partition>(topics: readonly AnsweredTopic<Partition>[]): AnsweredTopic<Partition>[] {
  const merged = new Map<string, AnsweredTopic<Partition> & { readonly partitions: Partition[] }>()
  for (const topic of topics) {
    const key = `${topic.topicId} ${topic.name}`
    const known = merged.get(key)
    // One by one: a request may name a topic many times, and its partitions are not to be copied each time.
    if (known === undefined) merged.set(key, { ...topic, partitions: [...(topic.partitions ?? [])] })
    else for (const partition of topic.partitions ?? []) known.partitions.push(partition)
  }
  return [...merged.values()]
}
