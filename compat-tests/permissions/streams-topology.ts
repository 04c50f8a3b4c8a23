/** One subtopology that reads the topics, with one changelog if there is a name for it. */
export const streamsTopology = (sourceTopics: readonly string[], changelog?: string) => ({
  epoch: 0,
  subtopologies: [
    {
      subtopologyId: '0',
      sourceTopics: [...sourceTopics],
      sourceTopicRegex: [],
      stateChangelogTopics:
        changelog === undefined ? [] : [{ name: changelog, partitions: 0, replicationFactor: 1, topicConfigs: [] }],
      repartitionSinkTopics: [],
      repartitionSourceTopics: [],
      copartitionGroups: [],
    },
  ],
})
