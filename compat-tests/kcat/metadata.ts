import assert from 'node:assert/strict'
import type { CaseContext } from '../support/suite.ts'

interface Id {
  readonly id: number
}

/** As `kcat -L -J` prints it. */
export interface KcatMetadata {
  readonly controllerid: number
  readonly brokers: readonly (Id & { readonly name: string })[]
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly { partition: number; leader: number; replicas: readonly Id[]; isrs: readonly Id[] }[]
  }[]
}

const byId = (a: Id, b: Id): number => a.id - b.id

/** The metadata name all brokers, and the one topic: every broker has a replica of each partition, in sync, and one leads. */
export function assertOnAllBrokers(
  { broker }: CaseContext,
  { brokers, topics }: KcatMetadata,
  topic: string,
  count: number,
): void {
  assert.equal(brokers.length, broker.clusterSize)
  assert.ok(brokers.some(({ name }) => name === broker.bootstrapServers))
  const all = brokers.map(({ id }) => ({ id })).sort(byId)
  const found = topics.map((each) => ({
    topic: each.topic,
    partitions: each.partitions.map(({ replicas, isrs, leader, ...partition }) => ({
      ...partition,
      isLed: all.some(({ id }) => id === leader),
      replicas: [...replicas].sort(byId),
      isrs: [...isrs].sort(byId),
    })),
  }))
  const partitions = Array.from({ length: count }, (_, partition) => ({
    partition,
    isLed: true,
    replicas: all,
    isrs: all,
  }))
  assert.deepEqual(found, [{ topic, partitions }])
}
