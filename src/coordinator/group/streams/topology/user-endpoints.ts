/** Where the state of which partitions can be asked for: the members' own endpoints, for interactive queries. */
import type { StreamsGroupHeartbeatResponse } from '../../../../../protocol/messages/streams-group-heartbeat.ts'
import type { StreamsMember } from '../streams-member.ts'
import { type TaskEpochs, type TaskSet, taskIds } from '../tasks.ts'
import type { ConfiguredSubtopology } from './configured-topology.ts'

type EndpointPartitions = NonNullable<StreamsGroupHeartbeatResponse['partitionsByUserEndpoint']>[number]
type TopicPartitions = EndpointPartitions['activePartitions'][number]

/** `countOf`: of a topic that exists. Tasks of subtopologies that are not known (any more) are left out. */
export function partitionsByEndpoint(
  members: Iterable<StreamsMember>,
  subtopologies: readonly ConfiguredSubtopology[],
  countOf: (topic: string) => number | undefined,
): EndpointPartitions[] {
  const byId = new Map(subtopologies.map((one) => [one.subtopologyId, one]))
  const read = (tasks: TaskSet | TaskEpochs): TopicPartitions[] =>
    taskIds(tasks).flatMap(({ subtopologyId, partitions }) =>
      topicsOf(byId.get(subtopologyId)).flatMap((topic) => {
        // Topics of one subtopology need not have the same number of partitions.
        const count = countOf(topic) ?? 0
        const there = partitions.filter((partition) => partition < count)
        return there.length === 0 ? [] : [{ topic, partitions: there }]
      }),
    )
  return [...members].flatMap(({ userEndpoint, assigned }) =>
    userEndpoint === null
      ? []
      : [{ userEndpoint, activePartitions: read(assigned.active), standbyPartitions: read(assigned.standby) }],
  )
}

function topicsOf(subtopology: ConfiguredSubtopology | undefined): string[] {
  if (subtopology === undefined) return []
  return [...subtopology.sourceTopics, ...subtopology.repartitionSourceTopics.map(({ name }) => name)]
}
