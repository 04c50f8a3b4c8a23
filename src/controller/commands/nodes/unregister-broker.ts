import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type {
  UnregisterBrokerRequest,
  UnregisterBrokerResponse,
} from '../../../../protocol/messages/unregister-broker.ts'
import type { Encodable } from '../../../../protocol/schema.ts'
import { brokerOf } from '../../../metadata/image/cluster-image.ts'
import type { CommandResult, CommandState } from '../command.ts'
import { isInSyncOrEligible, leaderChanges } from '../rules/leader-changes.ts'

/** Forgets a broker: it is in sync with nothing any more and leads nothing. Whether it still runs is not asked. */
export function unregisterBroker(
  state: CommandState,
  { brokerId }: UnregisterBrokerRequest,
): CommandResult<Encodable<typeof UnregisterBrokerResponse>> {
  const { image } = state
  const registration = brokerOf(image.cluster, brokerId)
  if (registration === undefined) {
    const message = `Broker ID ${brokerId} is not currently registered`
    throw new KafkaError(ErrorCode.BROKER_ID_NOT_REGISTERED, message)
  }
  const records = leaderChanges(state, isInSyncOrEligible(brokerId), { leaving: brokerId })
  const value = { brokerId, brokerEpoch: registration.brokerEpoch }
  records.push({ type: 'UnregisterBrokerRecord', version: 0, value })
  return { records, response: { errorMessage: null } }
}
