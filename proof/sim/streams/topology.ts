/** The application of the scenario: records are read, sent on by another key, and counted in a store. */
import type { StreamsGroupHeartbeatRequest } from '../../../protocol/messages/streams-group-heartbeat.ts'
import type { TaskPlan } from './task-history.ts'

export const SOURCE_SUBTOPOLOGY = '0'
const COUNTING_SUBTOPOLOGY = '1'
export const INTERNAL_TOPICS = { repartition: 'counting-by-key-repartition', changelog: 'counting-store-changelog' }

type Topology = NonNullable<StreamsGroupHeartbeatRequest['topology']>

const NONE = { sourceTopics: [], sourceTopicRegex: [], stateChangelogTopics: [], repartitionSinkTopics: [] }
const REST = { repartitionSourceTopics: [], copartitionGroups: [] }
const internal = (name: string) => ({ name, partitions: 0, replicationFactor: 0, topicConfigs: [] })

export function topologyOf(topic: string): Topology {
  const { repartition, changelog } = INTERNAL_TOPICS
  return {
    epoch: 0,
    subtopologies: [
      {
        ...NONE,
        ...REST,
        subtopologyId: SOURCE_SUBTOPOLOGY,
        sourceTopics: [topic],
        repartitionSinkTopics: [repartition],
      },
      {
        ...NONE,
        ...REST,
        subtopologyId: COUNTING_SUBTOPOLOGY,
        stateChangelogTopics: [internal(changelog)],
        repartitionSourceTopics: [internal(repartition)],
      },
    ],
  }
}

export function planOf(partitions: number, standbyReplicas: number): TaskPlan {
  const tasks = (subtopologyId: string) => Array.from({ length: partitions }, (_, i) => `${subtopologyId}_${i}`)
  const stateful = tasks(COUNTING_SUBTOPOLOGY)
  return { tasks: [...tasks(SOURCE_SUBTOPOLOGY), ...stateful], stateful, standbyReplicas }
}
