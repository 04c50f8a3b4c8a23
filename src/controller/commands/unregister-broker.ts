import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import type { UnregisterBrokerRequest, UnregisterBrokerResponse } from '../../../protocol/messages/unregister-broker.ts'
import type { Encodable } from '../../../protocol/schema.ts'
import { brokerOf } from '../../metadata/image/cluster-image.ts'
import type { MetadataRecord } from '../../metadata/metadata-record.ts'
import type { CommandResult, CommandState } from './command.ts'
import { partitionChange } from './rules/partition-change.ts'

/** Forgets a broker: it is in sync with nothing any more and leads nothing. Whether it still runs is not asked. */
export function unregisterBroker(
  state: CommandState,
  { brokerId }: UnregisterBrokerRequest,
): CommandResult<Encodable<typeof UnregisterBrokerResponse>> {
  const { image, config } = state
  const registration = brokerOf(image.cluster, brokerId)
  if (registration === undefined) {
    const message = `Broker ID ${brokerId} is not currently registered`
    throw new KafkaError(ErrorCode.BROKER_ID_NOT_REGISTERED, message)
  }
  const records: MetadataRecord[] = []
  for (const topic of image.topics) {
    const { 'unclean.leader.election.enable': isUncleanAllowed } = config.topicConfig(image.configs.topic(topic.name))
    topic.partitions.forEach(({ isr, elr }, partitionId) => {
      if (!isr.includes(brokerId) && !elr.includes(brokerId)) return
      const record = partitionChange(state, topic, partitionId, {
        election: isUncleanAllowed ? 'unclean' : 'online',
        isr: isr.filter((replica) => replica !== brokerId),
        leaving: brokerId,
      })
      if (record !== null) records.push(record)
    })
  }
  const value = { brokerId, brokerEpoch: registration.brokerEpoch }
  records.push({ type: 'UnregisterBrokerRecord', version: 0, value })
  return { records, response: { errorMessage: null } }
}
