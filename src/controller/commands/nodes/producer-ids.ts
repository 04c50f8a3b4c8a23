import { ErrorCode, KafkaError } from '../../../../protocol/errors.ts'
import type { AllocateProducerIdsRequest } from '../../../../protocol/messages/allocate-producer-ids.ts'
import type { ProducerIdBlock } from '../../../metadata/producer-id-block.ts'
import type { CommandResult, CommandState } from '../command.ts'
import { checkBrokerEpoch } from './broker-heartbeat.ts'

/** Kafka's block size (KIP-730). */
const BLOCK_SIZE = 1000
const INT64_MAX = 2n ** 63n - 1n

/** Ids are reserved before the first of them is used, so none is ever given twice. */
export function allocateProducerIds(
  { image }: CommandState,
  { brokerId, brokerEpoch }: AllocateProducerIdsRequest,
): CommandResult<ProducerIdBlock> {
  checkBrokerEpoch(image.cluster, brokerId, brokerEpoch)
  const firstId = image.nextProducerId ?? 0n
  if (firstId > INT64_MAX - BigInt(BLOCK_SIZE)) {
    throw new KafkaError(
      ErrorCode.UNKNOWN_SERVER_ERROR,
      'Exhausted all producerIds as the next block of ids exceeds max',
    )
  }
  const nextProducerId = firstId + BigInt(BLOCK_SIZE)
  const value = { brokerId, brokerEpoch, nextProducerId }
  return {
    records: [{ type: 'ProducerIdsRecord', version: 0, value }],
    response: { firstId, size: BLOCK_SIZE },
  }
}
