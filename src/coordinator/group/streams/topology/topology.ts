/** The topology of a Streams application as its members send it and as `StreamsGroupTopologyValue` keeps it. */
import type { StreamsGroupTopologyValue } from '../../../../../protocol/messages/group-state-streams-group-topology.ts'

export type Topology = StreamsGroupTopologyValue
export type Subtopology = Topology['subtopologies'][number]
export type InternalTopic = Subtopology['stateChangelogTopics'][number]

/** The partition count of a topic for which the broker is to decide on one. */
export const UNDECIDED = 0

/** Topics that tasks read: those of others, then those that the application writes to itself. */
export function sourceTopicsOf({ sourceTopics, repartitionSourceTopics }: Subtopology): string[] {
  return [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)]
}

export function internalTopicsOf({ repartitionSourceTopics, stateChangelogTopics }: Subtopology): InternalTopic[] {
  return [...repartitionSourceTopics, ...stateChangelogTopics]
}

/** Every topic that the application needs, external ones and its own, each once. */
export function requiredTopics({ subtopologies }: Topology): Set<string> {
  return new Set(
    subtopologies.flatMap((one) => [...one.sourceTopics, ...internalTopicsOf(one).map(({ name }) => name)]),
  )
}

/** A subtopology whose tasks have state keeps it in changelog topics; standby tasks are of those alone. */
export const isStateful = ({ stateChangelogTopics }: Subtopology): boolean => stateChangelogTopics.length > 0
