/**
 * AlterPartition on its way to the controller (KIP-497). `InSyncProposals` has one request under way at a time and gathers
 * what is asked for meanwhile. A request that is sent again may come twice, or come behind its own repetition, but never
 * overtakes a later proposal: each names the partition epoch from which it is made, and the controller carries out one of
 * these alone.
 */
import { ErrorCode, KafkaError } from '../../../protocol/errors.ts'
import { AlterPartitionRequest, AlterPartitionResponse } from '../../../protocol/messages/alter-partition.ts'
import type { ControllerChannel } from './controller-channel.ts'

type Topics = AlterPartitionRequest['topics']

interface Options {
  readonly nodeId: number
  readonly brokerEpoch: () => bigint
  readonly channel: ControllerChannel
}

/** Resolves to the controller's word on each partition. Rejects with the `KafkaError` of the whole request. */
export async function askForInSyncReplicas(
  { nodeId, brokerEpoch, channel }: Options,
  topics: Topics,
): Promise<AlterPartitionResponse> {
  const body = (version: number) => ({
    brokerId: nodeId,
    brokerEpoch: brokerEpoch(),
    topics: version < FIRST_VERSION_WITH_EPOCHS ? topics.map(withoutEpochs) : topics,
  })
  const answer = await channel.request(AlterPartitionRequest, AlterPartitionResponse, body, {
    errorOf: ({ errorCode }) => errorCode,
  })
  if (answer.errorCode !== ErrorCode.NONE) throw new KafkaError(answer.errorCode)
  return answer
}

const FIRST_VERSION_WITH_EPOCHS = 3

const withoutEpochs = ({ topicId, partitions }: Topics[number]) => ({
  topicId,
  partitions: partitions.map(({ newIsrWithEpochs, ...partition }) => ({
    ...partition,
    newIsr: newIsrWithEpochs.length > 0 ? newIsrWithEpochs.map(({ brokerId }) => brokerId) : partition.newIsr,
  })),
})
