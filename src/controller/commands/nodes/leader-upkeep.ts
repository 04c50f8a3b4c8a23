/** Elections that nobody asks for: leaders go back to their preferred replicas, and topics that allow it get a leader again. */
import { NO_LEADER } from '../../../metadata/image/topics-image.ts'
import type { MetadataRecord } from '../../../metadata/metadata-record.ts'
import type { CommandResult, CommandState } from '../command.ts'
import { type Election, partitionChange } from '../rules/partition-change.ts'

/** Kafka's bound on elections at a time. */
const MAX_ELECTIONS = 1000

/** Partitions whose first replica may lead and does not (`auto.leader.rebalance.enable`). The answer: whether more are left. */
export const balanceLeaders = (state: CommandState): CommandResult<boolean> => elections(state, 'preferred')

/** Partitions without a leader whose topics let a replica lead that lacks records (`unclean.leader.election.enable`). */
export const electUncleanLeaders = (state: CommandState): CommandResult<boolean> => elections(state, 'unclean')

function elections(state: CommandState, election: Election): CommandResult<boolean> {
  const { image, config } = state
  const records: MetadataRecord[] = []
  for (const topic of image.topics) {
    const needs =
      election === 'preferred'
        ? topic.partitions.map(({ leader, replicas }) => leader !== replicas[0])
        : topic.partitions.map(({ leader }) => leader === NO_LEADER)
    if (!needs.includes(true)) continue
    if (election === 'unclean') {
      const { 'unclean.leader.election.enable': isAllowed } = config.topicConfig(image.configs.topic(topic.name))
      if (!isAllowed) continue
    }
    for (const [partitionId, isNeeded] of needs.entries()) {
      if (!isNeeded) continue
      const record = partitionChange(state, topic, partitionId, { election })
      if (record !== null) records.push(record)
      if (records.length >= MAX_ELECTIONS) return { records, response: true }
    }
  }
  return { records, response: false }
}
