/**
 * The topology of a Streams group: subtopologies with their topics (KIP-1071).
 */
import { array, type Decoded, int16, int32, record, string } from '../schema.ts'

export const StreamsGroupTopologyKey = record('group-record-key', {
  name: 'StreamsGroupTopologyKey',
  apiKey: 23,
  versions: '0',
  flexible: 'none',
  fields: () => ({
    groupId: string(),
  }),
})
export type StreamsGroupTopologyKey = Decoded<typeof StreamsGroupTopologyKey>

export const StreamsGroupTopologyValue = record('group-record-value', {
  name: 'StreamsGroupTopologyValue',
  apiKey: 23,
  versions: '0',
  flexible: '0+',
  fields: () => ({
    epoch: int32(),
    subtopologies: array({
      subtopologyId: string(),
      sourceTopics: array(string()),
      sourceTopicRegex: array(string()),
      stateChangelogTopics: array({
        name: string(),
        partitions: int32(),
        replicationFactor: int16(),
        topicConfigs: array({
          key: string(),
          value: string(),
        }),
      }),
      repartitionSinkTopics: array(string()),
      repartitionSourceTopics: array({
        name: string(),
        partitions: int32(),
        replicationFactor: int16(),
        topicConfigs: array({
          key: string(),
          value: string(),
        }),
      }),
      copartitionGroups: array({
        sourceTopics: array(int16()),
        sourceTopicRegex: array(int16()),
        repartitionSourceTopics: array(int16()),
      }),
    }),
  }),
})
export type StreamsGroupTopologyValue = Decoded<typeof StreamsGroupTopologyValue>
