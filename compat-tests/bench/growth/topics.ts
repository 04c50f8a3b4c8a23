import { filesAreGone } from '../bench-case.ts'
import type { Site } from './curve.ts'

/** As many as one request may create is 10,000 with Apache, and those would be records of one batch. */
const MOST_IN_A_TOPIC = 1_000

export interface TopicOfPoint {
  readonly topic: string
  readonly partitions: number
}

/** So many partitions, in topics whose names tell the point. */
export function topicsOf({ count }: Site, partitions: number): TopicOfPoint[] {
  return Array.from({ length: Math.ceil(partitions / MOST_IN_A_TOPIC) }, (_, index) => {
    const left = partitions - index * MOST_IN_A_TOPIC
    return { topic: `growth-${count}-${index}`, partitions: Math.min(MOST_IN_A_TOPIC, left) }
  })
}

export async function createTopics(
  { target, load }: Site,
  topics: readonly TopicOfPoint[],
  configs: Record<string, string> = {},
): Promise<void> {
  for (const one of topics) await load.run('createTopic', { ...one, configs, port: target.port })
}

export async function removeTopics({ target, load }: Site, topics: readonly TopicOfPoint[]): Promise<void> {
  for (const { topic } of topics) await load.run('deleteTopic', { topic, port: target.port })
  for (const { topic } of topics) await filesAreGone(target.dataDirectory, topic)
}
